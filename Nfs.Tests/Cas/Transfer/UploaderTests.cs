using Cas.Client;
using Cas.Client.Transfer;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Transfer;

// If these fail, a file comes back as other bytes, has another name than the same file elsewhere, or takes its space
// several times.
[TestFixture]
internal sealed class UploaderTests
{
    private static readonly UploadLimits s_small = new()
    {
        SmallBytesMax = 100_000, BlockBytes = 1 << 17, BlocksMax = 3, XorbBytesMax = 600_000, XorbChunksMax = 5,
    };

    [Test]
    public async Task Put_AnySizeAndKind_ComesBackWithItsName(
        [Values(1, 8191, 8192, 8193, 99_999, 100_000, 100_001, 131_072, 600_000, 3_000_001)] int size,
        [Values("random", "zeros", "text", "blocks")] string kind)
    {
        var bytes = Make(kind, size);
        var target = new MemoryTarget();

        var content = await new Uploader(target, s_small).PutAsync(new MemorySource(bytes), default);
        var hashed = await ContentHasher.HashAsync(new MemorySource(bytes), default);

        Assert.That(target.Read(content).AsSpan().SequenceEqual(bytes), Is.True);
        Assert.That(hashed.Content, Is.EqualTo(content));
        Assert.That(hashed.Chunks.Sum(chunk => (long)chunk.Length), Is.EqualTo(size));
    }

    [Test]
    [Covers("EC-212")]
    public async Task Put_SameAgain_StoresNothing()
    {
        var bytes = Make("random", 3_000_000);
        var target = new MemoryTarget();
        var uploader = new Uploader(target, s_small);

        var first = await uploader.PutAsync(new MemorySource(bytes), default);
        var (xorbs, shards) = (target.Xorbs, target.Shards);
        var again = await uploader.PutAsync(new MemorySource(bytes), default);

        Assert.That(again, Is.EqualTo(first));
        Assert.That(xorbs, Is.GreaterThan(5));
        Assert.That((target.Xorbs, target.Shards), Is.EqualTo((xorbs, shards)));
    }

    [Test]
    public async Task Put_LongHoles_AreOneTermOfCopiesOverAndOver()
    {
        const int chunkBytes = 131_072;
        var target = new MemoryTarget();
        var uploader = new Uploader(target, new UploadLimits());
        var other = new byte[1000 * chunkBytes];
        Make("random", 1_000_000).CopyTo(other, 50 * chunkBytes);

        var hole = await uploader.PutAsync(new MemorySource(new byte[300 * chunkBytes]), default);
        var stored = target.ChunkBytes;
        var second = await uploader.PutAsync(new MemorySource(other), default);

        Assert.That(stored, Is.EqualTo(64 * chunkBytes));
        Assert.That(target.Files[0].Terms, Has.Length.EqualTo(5));
        Assert.That(target.ChunkBytes - stored, Is.LessThan(1_000_000 + (2 * chunkBytes)));
        Assert.That(target.Files[1].Terms, Has.Length.LessThan(20));
        Assert.That(target.Read(hole), Is.EqualTo(new byte[300 * chunkBytes]));
        Assert.That(target.Read(second).AsSpan().SequenceEqual(other), Is.True);
    }

    [Test]
    public async Task Put_EqualChunksThatAreNoHole_AreStoredOnce()
    {
        var target = new MemoryTarget();
        var bytes = new byte[10 * 131_072];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i & 1);
        }

        await new Uploader(target, new UploadLimits()).PutAsync(new MemorySource(bytes), default);

        Assert.That(target.ChunkBytes, Is.EqualTo(131_072));
    }

    [Test]
    public async Task Put_ChunksAgainWhileTheirXorbIsPublished_StoresThemOnce()
    {
        var once = Make("random", 2_000_000);
        using var found = new CountdownEvent(2 * once.Length);
        var target = new MemoryTarget
        {
            // The store knows of no chunk before the last one has been looked for.
            BeforeFind = length => found.Signal(length),
            BeforeXorb = () => Assert.That(found.Wait(TimeSpan.FromMinutes(1)), Is.True),
        };
        var limits = s_small with { BlocksMax = 100 };

        await new Uploader(target, limits).PutAsync(new MemorySource((byte[])[.. once, .. once]), default);

        // But for the chunks at the seam.
        Assert.That(target.ChunkBytes, Is.InRange(once.Length, once.Length + (3 * 131_072)));
    }

    [Test]
    public async Task Put_LimitsOfAXorb_AreKept()
    {
        var target = new MemoryTarget();

        await new Uploader(target, s_small).PutAsync(new MemorySource(Make("random", 4_000_000)), default);

        Assert.That(target.Files[0].Terms.Max(term => term.ChunkEnd), Is.AtMost(5));
        Assert.That(target.Xorbs, Is.AtLeast(4_000_000 / 600_000));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Put_ToAStoreThatHasNothingElseToDo_DoesNotWaitForAFullXorb(bool isIdle)
    {
        var target = new MemoryTarget { IsIdle = isIdle };
        var bytes = Make("random", 4_000_000);
        var limits = s_small with { XorbBytesEarly = 200_000, XorbBytesMax = 64 << 20, XorbChunksMax = 8192 };

        var content = await new Uploader(target, limits).PutAsync(new MemorySource(bytes), default);

        Assert.That(target.Xorbs, isIdle ? Is.AtLeast(4) : Is.EqualTo(1));
        Assert.That(target.Read(content).AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    public async Task Put_SmallFilesThatArriveWhileOneIsSynced_ShareOneXorbAndShard()
    {
        using var release = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new MemoryTarget
        {
            BeforeShard = () =>
            {
                reached.TrySetResult();
                release.Wait();
            },
        };
        var uploader = new Uploader(target, s_small with { XorbChunksMax = 8192 });
        var first = uploader.PutAsync(new MemorySource(new byte[] { 1 }), default);
        await reached.Task;

        // Putting returns to the caller when the file is in the queue: a source in memory never waits.
        var others = Enumerable.Range(2, 50).Select(i => uploader.PutAsync(new MemorySource(new[] { (byte)i }), default))
            .ToList();
        release.Set();
        await Task.WhenAll([first, .. others]);

        Assert.That((target.Xorbs, target.Shards), Is.EqualTo((2, 2)));
        Assert.That(target.Read(others[7].Result), Is.EqualTo(new byte[] { 9 }));
    }

    [Test]
    public async Task Put_TheStoreFails_FailsAndTheNextOneSucceeds()
    {
        var target = new MemoryTarget { BeforeShard = () => throw new IOException("full") };
        var uploader = new Uploader(target, s_small);

        Assert.That(() => uploader.PutAsync(new MemorySource(new byte[] { 1 }), default), Throws.TypeOf<IOException>());
        Assert.That(() => uploader.PutAsync(new MemorySource(new byte[200_000]), default), Throws.TypeOf<IOException>());

        target.BeforeShard = () => { };
        var content = await uploader.PutAsync(new MemorySource(new byte[] { 1 }), default);
        Assert.That(target.Read(content), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    [Covers("EC-107", "EC-227")]
    public async Task Budget_NoMemory_WaitsInOrderAndCanBeCancelled()
    {
        var budget = new MemoryBudget(10);
        Assert.That(await budget.TakeAsync(100, default), Is.EqualTo(10));
        using var cancel = new CancellationTokenSource();
        var cancelled = budget.TakeAsync(10, cancel.Token);
        var second = budget.TakeAsync(4, default);
        var third = budget.TakeAsync(4, default);

        await cancel.CancelAsync();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(second.IsCompleted || third.IsCompleted, Is.False);

        budget.Give(10);
        Assert.That(await second + await third, Is.EqualTo(8));
    }

    private static byte[] Make(string kind, int size)
    {
        var bytes = new byte[size];
        var random = new Random(size);
        switch (kind)
        {
            case "random":
                random.NextBytes(bytes);
                break;
            case "text":
                for (var i = 0; i < size; i++)
                {
                    bytes[i] = (byte)('a' + (random.Next(100) * random.Next(100) / 400));
                }

                break;
            case "blocks":
                random.NextBytes(bytes.AsSpan(0, Math.Min(size, 150_000)));
                for (var i = 150_000; i < size; i++)
                {
                    bytes[i] = bytes[i - 150_000];
                }

                break;
        }

        return bytes;
    }
}
