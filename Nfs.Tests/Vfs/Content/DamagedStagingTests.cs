using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// Somebody cleans up the state directory, or a repair of the disk cuts files: what only we had is lost then, and users
// must be told so and never be given zeros, and the store's good copy must not be replaced by them.
[TestFixture]
internal sealed class DamagedStagingTests
{
    private static readonly byte[] s_bytes = RandomBytes.Of(100_000, 1);

    private TestGateway _gateway = null!;
    private InodeId _file;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync();
        _file = await _gateway.MakeStoredFileAsync("f", s_bytes);
    }

    [TearDown]
    public async Task TearDown() => await _gateway.DisposeAsync();

    [Test]
    [Covers("EC-78", "EC-79")]
    public async Task DirtyBytesThatAreGone_AreAnError_AndAreNotSent([Values(0, 50_100)] int length)
    {
        await _gateway.WriteAsync(_file, 50_000, RandomBytes.Of(200, 2), Stability.FileSync);
        await DamageAsync(length);

        var failures = await _gateway.TrySyncAsync();

        Assert.That(failures, Has.Count.EqualTo(1));
        Assert.That(failures[0].Failure, Does.Contain("are missing"));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(s_bytes), "the store's copy");
        Assert.That((await TryReadAsync(50_000, 200)).Error, Is.EqualTo(VfsError.Io));
        Assert.That(await _gateway.ReadAsync(_file, 0, 50_000), Is.EqualTo(s_bytes[..50_000]), "the store has these");
    }

    [Test]
    [Covers("EC-79")]
    public async Task DirtyBytesThatAreGone_CanBeWrittenAgain_OrGivenUp()
    {
        var other = await _gateway.MakeStoredFileAsync("other", s_bytes);
        await _gateway.WriteAsync(_file, 50_000, RandomBytes.Of(200, 2), Stability.FileSync);
        await _gateway.WriteAsync(other, 50_000, RandomBytes.Of(200, 2), Stability.FileSync);
        await DamageAsync(0);

        await _gateway.WriteAsync(_file, 50_000, RandomBytes.Of(200, 3));
        await _gateway.RemoveAsync("other");
        await _gateway.SyncAsync();

        byte[] expected = [.. s_bytes[..50_000], .. RandomBytes.Of(200, 3), .. s_bytes[50_200..]];
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-21")]
    public async Task CleanBytesThatAreGone_AreFetchedAgain([Values(0, 50_100)] int length)
    {
        await _gateway.ReadAllAsync(_file);
        await DamageAsync(length);

        Assert.That(await _gateway.ReadAllAsync(_file), Is.EqualTo(s_bytes));
    }

    [Test]
    [Covers("EC-21")]
    public async Task StagingFileOfNobody_IsNeitherServedNorSent()
    {
        await _gateway.CloseAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(StagingPath)!);
        File.WriteAllBytes(StagingPath, RandomBytes.Of(200_000, 9));
        await _gateway.StartAgainAsync();

        Assert.That(await _gateway.ReadAllAsync(_file), Is.EqualTo(s_bytes));
        await _gateway.ResizeAsync(_file, 150_000);
        byte[] expected = [.. s_bytes, .. new byte[50_000]];
        Assert.That(await _gateway.ReadAllAsync(_file), Is.EqualTo(expected));
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(expected));
    }

    [Test]
    [Covers("EC-161")]
    public async Task NoStagingDirectory_IsRefusedAtTheStart()
    {
        await _gateway.CloseAsync();
        var staging = Path.Combine(_gateway.StatePath, "staging");
        Directory.Delete(staging, recursive: true);
        await File.WriteAllTextAsync(staging, "not a directory");

        Assert.That(() => _gateway.StartAgainAsync(), Throws.TypeOf<StateUnavailableException>());
    }

    private string StagingPath => Path.Combine(
        _gateway.StatePath, "staging", (_file.Value % 256).ToString("x2"), $"{_file.Value:x}.1");

    /// <summary>Cuts all staging files, as somebody may while the gateway does not run.</summary>
    private async Task DamageAsync(int length)
    {
        await _gateway.CloseAsync();
        foreach (var path in Directory.EnumerateFiles(
            Path.Combine(_gateway.StatePath, "staging"), "*", SearchOption.AllDirectories))
        {
            if (length == 0)
            {
                File.Delete(path);
                continue;
            }

            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            RandomAccess.SetLength(file, length);
        }

        await _gateway.StartAgainAsync();
    }

    private async Task<ReadResult> TryReadAsync(ulong offset, int count)
    {
        var read = await _gateway.Files.ReadAsync(Caller.Root, _file, offset, count, default);
        read.Data?.Dispose();
        return read;
    }
}
