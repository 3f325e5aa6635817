using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

// A disk that fills up in the middle of putting or freeing must cost nobody a byte, and say what to do.
[TestFixture]
internal sealed class StoreFullDiskTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private SmallDisk _disk = null!;
    private TemporaryDirectory _files = null!;

    private string Store => Path.Combine(_disk.Path, "store");

    private string Ballast => Path.Combine(_disk.Path, "ballast");

    [SetUp]
    public void SetUp()
    {
        _files = new TemporaryDirectory();
        _disk = new SmallDisk(64);
        Directory.CreateDirectory(Store);
    }

    [TearDown]
    public void TearDown()
    {
        _disk?.Dispose();
        _files.Dispose();
    }

    [Test]
    public async Task Put_LargerThanTheDisk_SaysWhatToDo_AndLeavesACleanStore()
    {
        Assert.That((await PutAsync(seed: 1, 2 * Mebibyte)).ExitCode, Is.Zero);

        var full = await PutAsync(seed: 2, 80 * Mebibyte);

        AssertFull(full);
        await AssertCleanAsync();
        Assert.That((await PutAsync(seed: 3, 2 * Mebibyte)).ExitCode, Is.Zero, "after the room came back");
        await AssertCleanAsync();
    }

    [Test]
    public async Task Anything_OnADiskWithoutAByte_SaysWhatToDo_AndWorksWithRoom()
    {
        Assert.That((await PutAsync(seed: 1, Mebibyte)).ExitCode, Is.Zero);
        FillUpTo(0);

        AssertFull(await PutAsync(seed: 2, 10));
        AssertFull(await RunAsync("store", "check"));
        AssertFull(await RunAsync("store", "gc", "--keep", "0s"));
        File.Delete(Ballast);

        await AssertCleanAsync();
        Assert.That((await PutAsync(seed: 2, 10)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Gc_WithoutRoomForItsNewShard_SaysWhatToDo_AndNothingIsLost()
    {
        var files = await StoreSmallFilesAsync();
        FillUpTo(400 << 10);

        var full = await RunAsync("store", "gc", "--keep", "0s");

        AssertFull(full);
        await AssertCleanAsync();
        File.Delete(Ballast);
        var freed = await RunAsync("store", "gc", "--keep", "0s");
        Assert.That(freed.ExitCode, Is.Zero, freed.Error);
        Assert.That(freed.Lines[0], Does.Contain("\tfiles 1"));
        await AssertCleanAsync();
        await using var store = await StoreDirectory.OpenAsync("file://" + Store);
        foreach (var (content, seed) in files)
        {
            Assert.That(await store.ReadAsync(content), Is.EqualTo(StoredFiles.Bytes(seed, 100)));
        }
    }

    /// <summary>Enough to make a shard of some 700 KiB; one file of them is not needed.</summary>
    private async Task<List<(ContentId Content, int Seed)>> StoreSmallFilesAsync()
    {
        await using var store = await StoreDirectory.OpenAsync("file://" + Store);
        var puts = Enumerable.Range(0, 3000).Select(seed => store.PutAsync(StoredFiles.Bytes(seed, 100))).ToList();
        var contents = await Task.WhenAll(puts);
        for (var i = 1; i < contents.Length; i++)
        {
            await store.NameAsync($"f{i}", contents[i]);
        }

        return [.. contents.Select((content, seed) => (content, seed)).Skip(1)];
    }

    /// <summary>Takes all of the disk but so many bytes.</summary>
    private void FillUpTo(long bytesFree)
    {
        using var ballast = File.Create(Ballast);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                ballast.Write(block);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            ballast.SetLength(ballast.Length - bytesFree);
        }
    }

    private async Task<Outcome> PutAsync(int seed, int length)
    {
        await File.WriteAllBytesAsync(_files["file"], StoredFiles.Bytes(seed, length));
        return await RunAsync("cas", "put", _files["file"]);
    }

    private Task<Outcome> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync(Repository.Gateway, [.. arguments, "--store", "file://" + Store], s_deadline);

    private async Task AssertCleanAsync()
    {
        var check = await RunAsync("store", "check");
        Assert.That(check.ExitCode, Is.Zero, check.Output + check.Error);
    }

    private static void AssertFull(Outcome outcome)
    {
        Assert.That(outcome.ExitCode, Is.Not.Zero);
        Assert.That(outcome.Error, Does.Contain("disk").And.Contain("is full").And.Contain("make room on it"));
        Assert.That(outcome.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }
}
