using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Contract;

/// <summary>
/// What every content store does. If one of these fails, files come back as other bytes, or not at all.
/// </summary>
internal abstract class ContentStoreContract
{
    private IStore _store = null!;

    protected IContentStore Content => _store.Content;

    [SetUp]
    public async Task OpenAsync() => _store = await OpenStoreAsync();

    [TearDown]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await CleanUpAsync();
    }

    [TestCase(1)]
    [TestCase(4095)]
    [TestCase((1 << 20) - 1)]
    [TestCase(1 << 20)]
    [TestCase((1 << 20) + 1)]
    [TestCase((5 << 20) + 12345)]
    public async Task Read_AfterPut_GivesTheSameBytes(int size)
    {
        var bytes = Bytes(seed: size, size);

        var content = Ok(await Content.PutAsync(new MemorySource(bytes), default));

        Assert.That(content.Size, Is.EqualTo((ulong)size));
        Assert.That(content.Hash, Is.Not.EqualTo(MerkleHash.Zero));
        Assert.That(await ReadAllAsync(content), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Put_Empty_IsTheEmptyContent()
    {
        var content = Ok(await Content.PutAsync(new MemorySource(Array.Empty<byte>()), default));

        Assert.That(content, Is.EqualTo(ContentId.Empty));
        Assert.That(Ok(await Content.ReadAsync(content, 0, Array.Empty<byte>(), default)), Is.Zero);
    }

    [Test]
    public async Task Put_EqualBytes_HaveOneHashAndOthersAnother()
    {
        var bytes = Bytes(seed: 1, 100_000);
        var other = bytes.ToArray();
        other[^1] ^= 1;

        var first = Ok(await Content.PutAsync(new MemorySource(bytes), default));
        var again = Ok(await Content.PutAsync(new MemorySource(bytes), default));
        var changed = Ok(await Content.PutAsync(new MemorySource(other), default));

        Assert.That(again, Is.EqualTo(first));
        Assert.That(changed.Hash, Is.Not.EqualTo(first.Hash));
        Assert.That(await ReadAllAsync(first), Is.EqualTo(bytes));
        Assert.That(await ReadAllAsync(changed), Is.EqualTo(other));
    }

    [Test]
    public async Task Put_SameBytesManyTimesAtOnce_SucceedsForAll()
    {
        var bytes = Bytes(seed: 2, 300_000);

        var puts = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Content.PutAsync(new MemorySource(bytes), default).AsTask()));

        Assert.That(puts.Select(x => Ok(x)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(await ReadAllAsync(puts[0].Value), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Put_SourceFails_IsInvalidAndNotTheStoresFault()
    {
        var result = await Content.PutAsync(new BrokenSource(3 << 20, brokenAt: 2 << 20), default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
    }

    [Test]
    public void Put_Cancelled_Throws()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.That(
            async () => await Content.PutAsync(new MemorySource(Bytes(seed: 3, 10)), cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Read_Ranges_GiveExactlyTheseBytes()
    {
        var bytes = Bytes(seed: 4, 2_000_000);
        var content = Ok(await Content.PutAsync(new MemorySource(bytes), default));
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var start = random.Next(bytes.Length);
            var buffer = new byte[random.Next(1, Math.Min(300_000, bytes.Length - start) + 1)];

            var count = Ok(await Content.ReadAsync(content, (ulong)start, buffer, default));

            Assert.That(count, Is.EqualTo(buffer.Length));
            Assert.That(buffer.AsSpan().SequenceEqual(bytes.AsSpan(start, count)), Is.True, $"{count} at {start}");
        }
    }

    [TestCase(0UL, 11)]
    [TestCase(10UL, 1)]
    [TestCase(11UL, 0)]
    [TestCase(ulong.MaxValue, 1)]
    [Covers("EC-183")]
    public async Task Read_PastTheEnd_IsInvalid(ulong offset, int count)
    {
        var content = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 5, 10)), default));

        var result = await Content.ReadAsync(content, offset, new byte[count], default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
    }

    [Test]
    [Covers("EC-183")]
    public async Task Read_NothingAtTheEnd_Succeeds()
    {
        var content = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 6, 10)), default));

        Assert.That(Ok(await Content.ReadAsync(content, 10, Array.Empty<byte>(), default)), Is.Zero);
    }

    [Test]
    public async Task Read_Unknown_IsNotFound()
    {
        var unknown = new ContentId(new MerkleHash(1, 2, 3, 4), 10);

        var result = await Content.ReadAsync(unknown, 0, new byte[10], default);

        Assert.That(result.Error, Is.EqualTo(CasError.NotFound));
        Assert.That(result.Detail, Is.Not.Null.And.Not.Empty);
    }

    [Test]
    [Covers("EC-300")]
    public async Task Read_WithAnotherSize_IsNeverOtherBytes()
    {
        var content = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 7, 100)), default));

        var longer = await Content.ReadAsync(content with { Size = 101 }, 0, new byte[101], default);
        var shorter = await Content.ReadAsync(content with { Size = 99 }, 0, new byte[99], default);

        Assert.That(longer.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(shorter.Error, Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task Read_ManyObjectsManyTimesAtOnce_GivesEachItsOwn()
    {
        // More objects than a store keeps open.
        var objects = new List<(ContentId Content, byte[] Bytes)>();
        for (var i = 0; i < 300; i++)
        {
            var bytes = Bytes(seed: 1000 + i, 1000 + i);
            objects.Add((Ok(await Content.PutAsync(new MemorySource(bytes), default)), bytes));
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 3000),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) =>
            {
                var (content, bytes) = objects[(i * 7919) % objects.Count];
                Assert.That((await ReadAllAsync(content)).AsSpan().SequenceEqual(bytes), Is.True);
            });
    }

    [TestCase(5UL, 4UL, 0UL, 0UL, Description = "backwards")]
    [TestCase(95UL, 101UL, 0UL, 0UL, Description = "past the basis")]
    [TestCase(0UL, 0UL, 0UL, 11UL, Description = "more than the source has")]
    [TestCase(0UL, 0UL, 11UL, 0UL, Description = "behind the source")]
    [TestCase(0UL, 0UL, ulong.MaxValue, 2UL, Description = "overflow")]
    public async Task Compose_ImpossibleEdit_IsInvalid(ulong start, ulong end, ulong sourceOffset, ulong length)
    {
        var basis = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 8, 100)), default));
        var source = new MemorySource(Bytes(seed: 9, 10));

        var result = await Content.ComposeAsync(basis, [new Edit(start, end, sourceOffset, length)], source, default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
    }

    [Test]
    public async Task Compose_UnsortedOrOverlappingEdits_IsInvalid()
    {
        var basis = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 10, 100)), default));
        var source = new MemorySource(Bytes(seed: 11, 10));

        var unsorted = await Content.ComposeAsync(
            basis, [new Edit(50, 60, 0, 10), new Edit(10, 20, 0, 10)], source, default);
        var overlapping = await Content.ComposeAsync(
            basis, [new Edit(10, 20, 0, 10), new Edit(19, 30, 0, 10)], source, default);

        Assert.That(unsorted.Error, Is.EqualTo(CasError.Invalid));
        Assert.That(overlapping.Error, Is.EqualTo(CasError.Invalid));
    }

    [Test]
    public async Task Compose_UnknownBasis_IsNotFound()
    {
        var unknown = new ContentId(new MerkleHash(1, 2, 3, 4), 10);

        var result = await Content.ComposeAsync(
            unknown, [new Edit(0, 1, 0, 1)], new MemorySource(new byte[1]), default);

        Assert.That(result.Error, Is.EqualTo(CasError.NotFound));
    }

    [TestCase(99UL)]
    [TestCase(101UL)]
    [Covers("EC-300")]
    public async Task Compose_BasisOfAnotherSize_IsAnError(ulong size)
    {
        var basis = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 17, 100)), default));

        var result = await Content.ComposeAsync(
            basis with { Size = size }, [new Edit(0, 1, 0, 1)], new MemorySource(new byte[1]), default);

        Assert.That(result.IsOk, Is.False);
    }

    [Test]
    public async Task Compose_SourceFails_IsInvalid()
    {
        var basis = Ok(await Content.PutAsync(new MemorySource(Bytes(seed: 12, 100)), default));

        var result = await Content.ComposeAsync(basis, [new Edit(0, 1, 0, 1)], new BrokenSource(1, 0), default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
    }

    [TestCase(0, 5, 5, Description = "replace at the start")]
    [TestCase(40, 40, 7, Description = "insert")]
    [TestCase(40, 60, 0, Description = "delete")]
    [TestCase(30, 100, 0, Description = "truncate")]
    [TestCase(100, 100, 9, Description = "append")]
    [TestCase(0, 100, 0, Description = "nothing is left")]
    [TestCase(0, 100, 10, Description = "everything is new")]
    [TestCase(20, 30, 3, Description = "shorter")]
    [TestCase(20, 23, 10, Description = "longer")]
    public async Task Compose_OneEdit_IsTheEditedBytes(int start, int end, int length)
    {
        var old = Bytes(seed: 13, 100);
        var fresh = Bytes(seed: 14, length);
        var basis = Ok(await Content.PutAsync(new MemorySource(old), default));

        await ComposeAndCheckAsync(basis, old, [new Edit((ulong)start, (ulong)end, 0, (ulong)length)], fresh);
    }

    [Test]
    public async Task Compose_NoEdits_IsTheBasis()
    {
        var old = Bytes(seed: 15, 100_000);
        var basis = Ok(await Content.PutAsync(new MemorySource(old), default));

        Assert.That(await ComposeAndCheckAsync(basis, old, [], []), Is.EqualTo(basis));
    }

    [Test]
    public async Task Compose_OnEmptyBasis_IsTheInsertedBytes()
    {
        var fresh = Bytes(seed: 16, 100_000);

        await ComposeAndCheckAsync(
            ContentId.Empty, [], [new Edit(0, 0, 0, 40_000), new Edit(0, 0, 30_000, 70_000)], fresh);
    }

    [Test]
    public async Task Compose_RandomScripts_EqualAByteArray([Range(1, 25)] int seed)
    {
        var random = new Random(seed);
        var bytes = Bytes(seed, random.Next(3) switch { 0 => 0, 1 => random.Next(1000), _ => random.Next(3 << 20) });
        var content = Ok(await Content.PutAsync(new MemorySource(bytes), default));
        for (var round = 0; round < 5; round++)
        {
            var fresh = Bytes(random.Next(), random.Next(200_000));
            var edits = EditScript.Random(random, bytes.Length, fresh.Length);
            content = await ComposeAndCheckAsync(content, bytes, edits, fresh);
            bytes = EditScript.Apply(bytes, edits, fresh);
        }
    }

    protected abstract Task<IStore> OpenStoreAsync();

    protected virtual Task CleanUpAsync() => Task.CompletedTask;

    protected static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    protected async Task<byte[]> ReadAllAsync(ContentId content)
    {
        var bytes = new byte[content.Size];
        Ok(await Content.ReadAsync(content, 0, bytes, default));
        return bytes;
    }

    private async Task<ContentId> ComposeAndCheckAsync(
        ContentId basis, byte[] old, IReadOnlyList<Edit> edits, byte[] fresh)
    {
        var expected = EditScript.Apply(old, edits, fresh);

        var composed = Ok(await Content.ComposeAsync(basis, edits, new MemorySource(fresh), default));

        Assert.That(composed.Size, Is.EqualTo((ulong)expected.Length));
        Assert.That((await ReadAllAsync(composed)).AsSpan().SequenceEqual(expected), Is.True, "the bytes differ");
        Assert.That(Ok(await Content.PutAsync(new MemorySource(expected), default)), Is.EqualTo(composed));
        return composed;
    }
}
