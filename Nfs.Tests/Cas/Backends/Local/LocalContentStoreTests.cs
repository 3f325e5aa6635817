using Cas.Client;
using Cas.Client.Backends.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a damaged disk is served as if it were the user's file, or a crash leaves half a file in the store.
[TestFixture]
internal sealed class LocalContentStoreTests
{
    private readonly byte[] _bytes = [.. Enumerable.Range(0, 100_000).Select(x => (byte)(x * 31))];

    private StoreDirectory _directory = null!;
    private IStore _store = null!;
    private ContentId _content;
    private string _path = string.Empty;

    [SetUp]
    public async Task SetUpAsync()
    {
        _directory = new StoreDirectory();
        _store = await _directory.OpenAsync();
        _content = (await _store.Content.PutAsync(new MemorySource(_bytes), default)).Value;
        _path = new ObjectDirectory(_directory.Path, NullLogger.Instance).PathOf(_content.Hash);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public void Put_Object_IsOneFileNamedByItsHashAndReadOnly()
    {
        Assert.That(Objects(), Is.EqualTo(new[] { _path }));
        Assert.That(Leftovers(), Is.Empty);
        Assert.That(File.GetUnixFileMode(_path), Is.EqualTo(UnixFileMode.UserRead));
        Assert.That(_path, Does.EndWith(_content.Hash.ToString()[2..]));
    }

    [Test]
    public async Task Read_WholeWithAFlippedBit_IsCorrupt()
    {
        Flip();

        var read = await _store.Content.ReadAsync(_content, 0, new byte[_bytes.Length], default);

        Assert.That(read.Error, Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task Put_OverObjectWithAFlippedBit_KeepsTheRightBytes()
    {
        Flip();

        var put = await _store.Content.PutAsync(new MemorySource(_bytes), default);

        Assert.That(put.Value, Is.EqualTo(_content));
        Assert.That(await File.ReadAllBytesAsync(_path), Is.EqualTo(_bytes));
        Assert.That(Leftovers(), Is.Empty);
    }

    [TestCase(-1)]
    [TestCase(1)]
    public async Task Read_FileOfAnotherSize_IsCorrupt(int change)
    {
        Resize(_bytes.Length + change);

        var read = await _store.Content.ReadAsync(_content, 0, new byte[10], default);
        var compose = await _store.Content.ComposeAsync(
            _content, [new Edit(0, 1, 0, 0)], new MemorySource(Array.Empty<byte>()), default);

        Assert.That(read.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(compose.Error, Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task Read_FileTruncatedWhileOpen_IsCorruptAndNeverZeros()
    {
        Assert.That((await _store.Content.ReadAsync(_content, 0, new byte[10], default)).IsOk, Is.True);
        Resize(50);

        var across = await _store.Content.ReadAsync(_content, 45, new byte[10], default);
        var behind = await _store.Content.ReadAsync(_content, 60, new byte[10], default);

        Assert.That(across.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(behind.Error, Is.EqualTo(CasError.Corrupt));
    }

    [Test]
    public async Task Put_OverDamagedObject_RepairsItForReadersThatHadItOpen()
    {
        Assert.That((await _store.Content.ReadAsync(_content, 0, new byte[10], default)).IsOk, Is.True);
        Resize(50);
        var damaged = await _store.Content.ReadAsync(_content, 45, new byte[10], default);
        Assert.That(damaged.Error, Is.EqualTo(CasError.Corrupt));

        var put = await _store.Content.PutAsync(new MemorySource(_bytes), default);
        var read = new byte[_bytes.Length];
        var result = await _store.Content.ReadAsync(_content, 0, read, default);

        Assert.That(put.Value, Is.EqualTo(_content));
        Assert.That(result.IsOk, Is.True, result.Detail);
        Assert.That(read, Is.EqualTo(_bytes));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Put_SourceFails_LeavesNothing()
    {
        var result = await _store.Content.PutAsync(new BrokenSource(5 << 20, brokenAt: 3 << 20), default);

        Assert.That(result.Error, Is.EqualTo(CasError.Invalid));
        Assert.That(Objects(), Is.EqualTo(new[] { _path }));
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
        Assert.That(Objects(), Is.EqualTo(new[] { _path }));
        Assert.That((await _store.Content.ReadAsync(_content, 0, new byte[10], default)).IsOk, Is.True);
    }

    [Test]
    public async Task Read_ManyObjects_KeepsFewFilesOpen()
    {
        for (var i = 0; i < 2 * OpenObjects.OpenMax; i++)
        {
            var put = await _store.Content.PutAsync(new MemorySource(BitConverter.GetBytes(i)), default);
            Assert.That((await _store.Content.ReadAsync(put.Value, 0, new byte[4], default)).IsOk, Is.True);
        }

        var open = Directory.EnumerateFiles("/proc/self/fd")
            .Select(x => File.ResolveLinkTarget(x, returnFinalTarget: false)?.FullName)
            .Count(x => x is not null && x.StartsWith(_directory.Path));
        Assert.That(open, Is.InRange(OpenObjects.OpenMax, OpenObjects.OpenMax + 20));
    }

    private string[] Objects() => Directory.GetFiles(_directory["objects"], "*", SearchOption.AllDirectories);

    private string[] Leftovers() => Directory.GetFiles(_directory["tmp"]);

    private void Resize(int size)
    {
        using var file = OpenForWriting();
        RandomAccess.SetLength(file, size);
    }

    private void Flip()
    {
        using var file = OpenForWriting();
        RandomAccess.Write(file, [(byte)(_bytes[70_000] ^ 1)], 70_000);
    }

    private SafeFileHandle OpenForWriting()
    {
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }
}
