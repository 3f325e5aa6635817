using Cas.Client;
using Cas.Client.Backends.Local;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a damaged disk is served as if it were the user's file, a crash leaves half a file in the store, or
// equal bytes take their space twice.
[TestFixture]
internal sealed class LocalContentStoreTests
{
    private readonly byte[] _bytes = RandomBytes(seed: 1, 1_500_000);

    private StoreDirectory _directory = null!;
    private IStore _store = null!;
    private ContentId _content;

    [SetUp]
    public async Task SetUpAsync()
    {
        _directory = new StoreDirectory();
        _store = await _directory.OpenAsync();
        _content = await PutAsync(_bytes);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public void Put_File_IsOneXorbAndOneShardThatNobodyMayWrite()
    {
        Assert.That(Xorbs(), Has.Length.EqualTo(1));
        Assert.That(Shards(), Has.Length.EqualTo(1));
        Assert.That(Leftovers(), Is.Empty);
        Assert.That(File.GetUnixFileMode(Xorbs()[0]), Is.EqualTo(UnixFileMode.UserRead));
        Assert.That(File.GetUnixFileMode(Shards()[0]), Is.EqualTo(UnixFileMode.UserRead));
    }

    [Test]
    public async Task Put_SameBytesAgain_StoresNothing()
    {
        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));

        Assert.That(Xorbs(), Has.Length.EqualTo(1));
        Assert.That(Shards(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Put_OneByteChanged_StoresFewChunks()
    {
        var changed = _bytes.ToArray();
        changed[700_000] ^= 1;

        var content = await PutAsync(changed);

        Assert.That(await ReadAsync(content), Is.EqualTo(changed));
        Assert.That(Xorbs(), Has.Length.EqualTo(2));
        Assert.That(Xorbs().Min(path => new FileInfo(path).Length), Is.LessThan(300_000));
    }

    [Test]
    public async Task Put_RepeatedBlock_IsStoredOnce()
    {
        var block = RandomBytes(seed: 2, 500_000);
        byte[] repeated = [.. block, .. block, .. block, .. block];

        var content = await PutAsync(repeated);

        Assert.That(await ReadAsync(content), Is.EqualTo(repeated));
        Assert.That(Xorbs().Min(path => new FileInfo(path).Length), Is.LessThan(1_000_000));
    }

    [Test]
    [Covers("N-124")]
    public async Task Read_OfAChunkWithAFlippedBit_IsCorruptAndNamesTheChunk()
    {
        DamagedFile.Flip(Xorbs()[0], 700_000);
        var destination = new byte[_bytes.Length];

        var whole = await _store.Content.ReadAsync(_content, 0, destination, default);
        var range = await _store.Content.ReadAsync(_content, 690_000, new byte[20_000], default);
        var elsewhere = await _store.Content.ReadAsync(_content, 0, destination.AsMemory(0, 10), default);

        Assert.That(whole.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(range.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(range.Detail, Does.Contain(Path.GetFileName(Xorbs()[0])).And.Match("chunk \\d+ at byte \\d+"));
        Assert.That(elsewhere.IsOk, Is.True, elsewhere.Detail);
    }

    [Test]
    public async Task Read_WithAnyFlippedBit_IsNeverOtherBytes([Range(0, 39)] int seed)
    {
        await _store.DisposeAsync();
        var random = new Random(seed);
        var path = seed % 2 == 0 ? Xorbs()[0] : Shards()[0];
        DamagedFile.Flip(path, random.NextInt64(new FileInfo(path).Length));
        if (seed % 4 == 3)
        {
            DeleteIndex();
        }

        _store = await _directory.OpenAsync();
        var destination = new byte[_bytes.Length];
        var read = await _store.Content.ReadAsync(_content, 0, destination, default);

        Assert.That(read.IsOk ? destination : _bytes, Is.EqualTo(_bytes));
        Assert.That(read.Error, Is.AnyOf(CasError.None, CasError.Corrupt, CasError.NotFound));
    }

    [Test]
    public async Task Put_OverADamagedXorb_RepairsItForReadersThatHadItOpen()
    {
        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
        DamagedFile.Flip(Xorbs()[0], 700_000);
        var damaged = await _store.Content.ReadAsync(_content, 0, new byte[_bytes.Length], default);
        Assert.That(damaged.Error, Is.EqualTo(CasError.Corrupt));

        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));

        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Read_ChunkDamagedThatAnotherFileStoredAgain_IsWhole()
    {
        DamagedFile.Flip(Xorbs()[0], 20);
        var damaged = await _store.Content.ReadAsync(_content, 0, new byte[10], default);

        await PutAsync([.. _bytes[..700_000], 1, 2, 3]);

        Assert.That(damaged.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(Xorbs(), Has.Length.EqualTo(2));
        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
    }

    [Test]
    public async Task Put_OverADamagedXorb_IsStillWholeWhenTheIndexIsMadeAnew()
    {
        DamagedFile.Flip(Xorbs()[0], 700_000);
        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));
        await _store.DisposeAsync();
        DeleteIndex();

        _store = await _directory.OpenAsync();

        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
    }

    [TestCase(10)]
    [TestCase(700_000)]
    [TestCase(-1)]
    public async Task Put_OverATruncatedXorb_WritesItAnew(int length)
    {
        DamagedFile.Resize(Xorbs()[0], length < 0 ? new FileInfo(Xorbs()[0]).Length + length : length);
        var damaged = await _store.Content.ReadAsync(_content, 0, new byte[_bytes.Length], default);
        Assert.That(damaged.Error, Is.EqualTo(CasError.Corrupt));

        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));

        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
    }

    [Test]
    public async Task Read_XorbOrShardGone_IsCorruptAndOtherContentIsThere()
    {
        var other = await PutAsync([1, 2, 3]);
        var lost = Xorbs().MaxBy(path => new FileInfo(path).Length)!;
        File.Delete(lost);

        var read = await _store.Content.ReadAsync(_content, 0, new byte[10], default);

        Assert.That(read.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(read.Detail, Does.Contain(Path.GetFileName(lost)));
        Assert.That(await ReadAsync(other), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Put_SourceFails_LeavesNothing()
    {
        var result = await _store.Content.PutAsync(new BrokenSource(5 << 20, brokenAt: 3 << 20), default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
        Assert.That(Xorbs(), Has.Length.EqualTo(1));
        Assert.That(Shards(), Has.Length.EqualTo(1));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Open_LeftoverOfACrash_IsNotVisibleAndIsRemoved()
    {
        await _store.DisposeAsync();
        var leftover = _directory["tmp/0123456789abcdef0123456789abcdef"];
        File.WriteAllBytes(leftover, _bytes);

        _store = await _directory.OpenAsync();

        Assert.That(File.Exists(leftover), Is.False);
        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
    }

    [Test]
    public async Task Open_XorbWithoutShard_IsTakenBySomebodyWhoPutsItAgain()
    {
        // A crash between the two.
        await _store.DisposeAsync();
        File.Delete(Shards()[0]);
        DeleteIndex();
        _store = await _directory.OpenAsync();
        var before = await _store.Content.ReadAsync(_content, 0, new byte[10], default);
        Assert.That(before.Error, Is.EqualTo(CasError.NotFound));

        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));

        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
        Assert.That(Xorbs(), Has.Length.EqualTo(1));
    }

    [TestCase("gone")]
    [TestCase("garbage")]
    [TestCase("old")]
    public async Task Open_IndexBehindOrDamaged_IsMadeAnewFromTheShards(string fate)
    {
        await _store.DisposeAsync();
        var old = await File.ReadAllBytesAsync(_directory[StoreLayout.Index]);
        _store = await _directory.OpenAsync();
        var later = await PutAsync([1, 2, 3]);
        await _store.DisposeAsync();
        DeleteIndex();
        if (fate != "gone")
        {
            await File.WriteAllBytesAsync(
                _directory[StoreLayout.Index], fate == "old" ? old : [.. Enumerable.Repeat((byte)'x', 9000)]);
        }

        _store = await _directory.OpenAsync();

        Assert.That(await ReadAsync(later), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(await ReadAsync(_content), Is.EqualTo(_bytes));
        Assert.That(await PutAsync(_bytes), Is.EqualTo(_content));
        Assert.That(Xorbs(), Has.Length.EqualTo(2), "chunks are not found any more");
    }

    [Test]
    public async Task Put_ManySmallFilesAtOnce_AllComeBack()
    {
        var files = Enumerable.Range(0, 500).Select(i => RandomBytes(seed: i, 1 + (i * 37))).ToList();

        var contents = await Task.WhenAll(files.Select(PutAsync));

        for (var i = 0; i < files.Count; i++)
        {
            Assert.That(await ReadAsync(contents[i]), Is.EqualTo(files[i]));
        }
    }

    [Test]
    public async Task Read_ManyXorbs_KeepsFewFilesOpen()
    {
        for (var i = 0; i < LocalContentStore.OpenXorbsMax + 50; i++)
        {
            var content = await PutAsync(BitConverter.GetBytes(i));
            Assert.That(await ReadAsync(content), Is.EqualTo(BitConverter.GetBytes(i)));
        }

        var open = Directory.EnumerateFiles("/proc/self/fd")
            .Select(x => File.ResolveLinkTarget(x, returnFinalTarget: false)?.FullName)
            .Count(x => x is not null && x.StartsWith(_directory["xorbs"]));
        Assert.That(open, Is.EqualTo(LocalContentStore.OpenXorbsMax));
    }

    private static byte[] RandomBytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<ContentId> PutAsync(byte[] bytes)
    {
        var put = await _store.Content.PutAsync(new MemorySource(bytes), default);
        Assert.That(put.IsOk, Is.True, put.Detail);
        return put.Value;
    }

    private async Task<byte[]> ReadAsync(ContentId content)
    {
        var bytes = new byte[content.Size];
        var read = await _store.Content.ReadAsync(content, 0, bytes, default);
        Assert.That(read.IsOk, Is.True, read.Detail);
        return bytes;
    }

    private string[] Xorbs() => Directory.GetFiles(_directory["xorbs"], "*", SearchOption.AllDirectories);

    private string[] Shards() => Directory.GetFiles(_directory["shards"]);

    private string[] Leftovers() => Directory.GetFiles(_directory["tmp"]);

    private void DeleteIndex()
    {
        foreach (var path in Directory.GetFiles(_directory.Path, StoreLayout.Index + "*"))
        {
            File.Delete(path);
        }
    }
}
