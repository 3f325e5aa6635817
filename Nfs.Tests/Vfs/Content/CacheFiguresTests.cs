using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

// The cache is kept within its limit by what is counted; a count that drifts evicts too much, or fills the disk.
[TestFixture]
internal sealed class CacheFiguresTests
{
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync();

    [TearDown]
    public async Task TearDown() => await _gateway.DisposeAsync();

    [Test]
    [Covers("EC-149")]
    public async Task EmptyingAFileThatIsNotHere_ChangesNoFigure()
    {
        var file = await _gateway.MakeStoredFileAsync("f", RandomBytes.Of(10_000, 1));
        Assert.That(_gateway.Files.GetStatus().CacheBytes, Is.Zero);

        await _gateway.ResizeAsync(file, 0);

        var status = _gateway.Files.GetStatus();
        Assert.That((status.CacheBytes, status.DirtyBytes), Is.EqualTo((0UL, 0UL)));
    }

    [Test]
    [Covers("EC-150", "EC-156", "EC-162")]
    public async Task FilesThatGo_LeaveNothing_InMemoryOrOnDisk()
    {
        for (var i = 0; i < 100; i++)
        {
            await _gateway.MakeFileAsync($"f{i}", RandomBytes.Of(1000, i));
        }

        await _gateway.SyncAsync();
        var gone = _gateway.Find("f0");
        for (var i = 0; i < 100; i += 2)
        {
            await _gateway.RemoveAsync($"f{i}");
            await _gateway.RenameAsync($"f{i + 1}", "one");
        }

        var late = await _gateway.Files.WriteAsync(Caller.Root, gone, 0, new byte[10], Stability.Unstable, default);

        Assert.That(late.Error, Is.EqualTo(VfsError.Stale));
        await Eventually.IsSoAsync(() => _gateway.Files.ContentsInMemory == 1);
        Assert.That(_gateway.Files.GetStatus().CacheBytes, Is.EqualTo(1000));
        Assert.That(StagingFiles(), Has.Count.EqualTo(1));
        await _gateway.RemoveAsync("one");
        await Eventually.IsSoAsync(() => _gateway.Files.ContentsInMemory == 0);
        Assert.That((_gateway.Files.GetStatus().CacheBytes, StagingFiles().Count), Is.EqualTo((0UL, 0)));
    }

    [Test]
    [Covers("EC-267", "N-199")]
    public async Task Statistics_AreThoseOfTheDisk_AndCountFiles()
    {
        var disk = new DriveInfo(_gateway.StatePath);
        var before = _gateway.Files.GetStatistics();
        for (var i = 0; i < 10; i++)
        {
            await _gateway.MakeFileAsync($"f{i}");
        }

        var after = _gateway.Files.GetStatistics();

        Assert.That(after.TotalBytes, Is.EqualTo((ulong)disk.TotalSize));
        Assert.That(after.FreeBytes, Is.InRange(1UL, after.TotalBytes));
        Assert.That(after.AvailableBytes, Is.InRange(1UL, after.FreeBytes));
        Assert.That(before.FreeFiles - after.FreeFiles, Is.EqualTo(10));
    }

    [Test]
    [Covers("EC-68")]
    public async Task ManyDirtyFiles_KeepABoundedNumberOpen()
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await Parallel.ForAsync(0, 2500, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
            await _gateway.MakeFileAsync($"f{i}", [1, 2, 3], directory));

        var open = Directory.EnumerateFiles("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget)
            .Count(target => target?.StartsWith(Path.Combine(_gateway.StatePath, "staging"), StringComparison.Ordinal) == true);

        Assert.That(open, Is.InRange(1, 2048));
        Assert.That(_gateway.Files.GetStatus().DirtyFiles, Is.EqualTo(2500));
    }

    private List<string> StagingFiles() =>
        [.. Directory.EnumerateFiles(Path.Combine(_gateway.StatePath, "staging"), "*", SearchOption.AllDirectories)];
}
