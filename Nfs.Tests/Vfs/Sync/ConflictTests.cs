using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

// Two people change one file at the same time, each behind a gateway of their own. Whoever comes second must not undo
// what the first did, and must find his own work too, under a name that says what it is.
[TestFixture]
internal sealed class ConflictTests
{
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task SetUp() => _gateway = await TestGateway.StartAsync(NewOptions());

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("R-8", "EC-110")]
    public async Task BothChangeAFile_BothVersionsStay([Values] bool isNew)
    {
        var file = isNew ? default : await _gateway.MakeStoredFileAsync("f", [1, 2, 3]);
        await PutElsewhereAsync("f", [7, 7]);
        var ours = isNew ? await _gateway.MakeFileAsync("f", [9, 2, 3]) : file;
        await _gateway.WriteAsync(ours, 0, [9]);

        await _gateway.SyncAsync();

        var copy = await CopyOfAsync("f");
        Assert.That(copy, Does.Match(@"^f \(conflict desk 20\d\d-\d\d-\d\dT\d{6}Z\)$"));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 7, 7 }), "theirs");
        Assert.That(await _gateway.StoredBytesAsync(copy), Is.EqualTo(new byte[] { 9, 2, 3 }), "ours");
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(new byte[] { 7, 7 }));
        Assert.That(await _gateway.ReadAllAsync(ours), Is.EqualTo(new byte[] { 9, 2, 3 }), "who writes it goes on");
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.EqualTo(1));
        await AssertSameAsASecondAsync();
    }

    [Test]
    public async Task PolicySaysOurs_OursIsThere()
    {
        await RestartAsync(ConflictPolicy.Ours);
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        var gone = await _gateway.MakeStoredFileAsync("gone", [1]);
        await PutElsewhereAsync("f", [7]);
        await PutElsewhereAsync("gone", [7]);
        await _gateway.WriteAsync(file, 0, [9]);
        await _gateway.RemoveAsync("gone");

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f" }));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 9 }));
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.EqualTo(2));
        Assert.That(_gateway.Files.GetAttributes(gone).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    public async Task PolicySaysTheirs_TheirsIsThere()
    {
        await RestartAsync(ConflictPolicy.Theirs);
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        await PutElsewhereAsync("f", [7]);
        await _gateway.WriteAsync(file, 0, [9]);

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f" }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.EqualTo(1));
        await AssertSameAsASecondAsync();
    }

    [Test]
    public async Task TheyRemoveWhatWeChange_OursStays()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1, 2]);
        await RemoveElsewhereAsync("f");
        await _gateway.WriteAsync(file, 0, [9]);

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 9, 2 }));
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f" }));
    }

    [Test]
    public async Task WeRemoveWhatTheyChange_TheirsComesBack([Values] bool withDirectory)
    {
        var directory = await _gateway.MakeDirectoryAsync("d");
        await _gateway.MakeStoredFileAsync("f", [1, 2], directory);
        await PutElsewhereAsync("d/f", [7]);
        await _gateway.RemoveAsync("f", directory);
        if (withDirectory)
        {
            await _gateway.RemoveDirectoryAsync("d");
        }

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "d", "d/f" }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("d/f")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.EqualTo(1));
    }

    [Test]
    public async Task BothWriteTheSame_IsNoConflict()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        await PutElsewhereAsync("f", [9]);
        await PutElsewhereAsync("g", [5]);
        await _gateway.WriteAsync(file, 0, [9]);
        await _gateway.MakeFileAsync("g", [5]);

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f", "g" }));
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.Zero);
    }

    [Test]
    public async Task OneChangesTheBytesAndTheOtherTheMode_BothAreThere([Values] bool ourBytes)
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1, 2]);
        if (ourBytes)
        {
            await ChangeElsewhereAsync("f", entry => entry with { Mode = 0x180 });
            await _gateway.WriteAsync(file, 0, [9]);
        }
        else
        {
            await PutElsewhereAsync("f", [9, 2]);
            await _gateway.Files.SetAttributesAsync(
                Caller.Root, file, new AttributeChanges { Mode = 0x180 }, null, default);
        }

        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f" }));
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 9, 2 }));
        Assert.That((await _gateway.StoredAsync("f"))!.Entry.Mode, Is.EqualTo(0x180u));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 9, 2 }));
        Assert.That(_gateway.Files.GetStatus().Conflicts, Is.Zero);
    }

    [Test]
    public async Task OursIsADirectory_AndTheirsAFile()
    {
        await PutElsewhereAsync("x", [7]);
        var directory = await _gateway.MakeDirectoryAsync("x");
        await _gateway.MakeFileAsync("in", [1], directory);

        await _gateway.SyncAsync();

        var copy = await CopyOfAsync("x");
        Assert.That(await _gateway.StoredPathsAsync(), Is.EqualTo(new[] { "x", copy, copy + "/in" }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("x")), Is.EqualTo(new byte[] { 7 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find(copy + "/in")), Is.EqualTo(new byte[] { 1 }));
        await AssertSameAsASecondAsync();
    }

    [Test]
    public async Task OursIsAFile_WhereTheyUseTheDirectory()
    {
        var directory = await _gateway.MakeDirectoryAsync("x");
        await _gateway.MakeStoredFileAsync("in", [1], directory);
        await PutElsewhereAsync("x/in", [7]);
        await _gateway.RemoveAsync("in", directory);
        await _gateway.RemoveDirectoryAsync("x");
        await _gateway.MakeFileAsync("x", [9]);

        await _gateway.SyncAsync();

        var copy = await CopyOfAsync("x");
        Assert.That(await _gateway.StoredBytesAsync(copy), Is.EqualTo(new byte[] { 9 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("x/in")), Is.EqualTo(new byte[] { 7 }));
        await AssertSameAsASecondAsync();
    }

    [Test]
    public async Task LongName_HasRoomForTheRest()
    {
        var name = string.Concat(Enumerable.Repeat("é", 127));
        await PutElsewhereAsync(name, [7]);
        await _gateway.MakeFileAsync(name, [9]);

        await _gateway.SyncAsync();

        var copy = (await _gateway.StoredPathsAsync()).Single(path => path != name);
        Assert.That(Encoding.UTF8.GetByteCount(copy), Is.InRange(240, 255));
        Assert.That(copy, Does.Match(@"^é+ \(conflict desk .*\)$"));
        Assert.That(await _gateway.StoredBytesAsync(copy), Is.EqualTo(new byte[] { 9 }));
    }

    [Test]
    public async Task NameOfTheCopyIsTaken_AnotherIsFound()
    {
        var clock = new ManualClock();
        await _gateway.DisposeAsync();
        _gateway = await TestGateway.StartAsync(NewOptions(), clock);
        for (var i = 1; i <= 3; i++)
        {
            await PutElsewhereAsync("f", [(byte)i]);
            var file = i == 1 ? await _gateway.MakeFileAsync("f") : _gateway.Find("f");
            await _gateway.WriteAsync(file, 0, [(byte)(i + 100)]);
            await _gateway.SyncAsync();
        }

        var bytes = new List<byte>();
        foreach (var path in await _gateway.StoredPathsAsync())
        {
            bytes.AddRange((await _gateway.StoredBytesAsync(path))!);
        }

        Assert.That(bytes, Is.EquivalentTo(new byte[] { 3, 101, 102, 103 }));
    }

    [Test]
    public async Task ConflictInAnEarlierLife_WasSettledOnce()
    {
        var file = await _gateway.MakeStoredFileAsync("f", [1]);
        await PutElsewhereAsync("f", [7]);
        await _gateway.WriteAsync(file, 0, [9], Stability.FileSync);
        _gateway.Faults.FailOnce(StoreCalls.Put, CasError.Unreachable);
        await _gateway.TrySyncAsync();

        _gateway = await _gateway.CrashAsync();
        await _gateway.SyncAsync();
        _gateway = await _gateway.CrashAsync();
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Has.Count.EqualTo(2));
        Assert.That(await _gateway.StoredBytesAsync(await CopyOfAsync("f")), Is.EqualTo(new byte[] { 9 }));
        Assert.That(await _gateway.ReadAllAsync(_gateway.Find("f")), Is.EqualTo(new byte[] { 7 }));
    }

    private static GatewayOptions NewOptions() => TestGateway.Quiet with { HostName = "desk" };

    private async Task RestartAsync(ConflictPolicy policy)
    {
        await _gateway.ReopenAsync(NewOptions() with { OnConflict = policy });
    }

    private async Task<string> CopyOfAsync(string path) =>
        (await _gateway.StoredPathsAsync()).Single(x => x.StartsWith(path + " (conflict", StringComparison.Ordinal)
            && !x.Contains('/', StringComparison.Ordinal));

    private Task PutElsewhereAsync(string path, byte[] bytes) => _gateway.Memory.PutAsync(path, bytes);

    private Task RemoveElsewhereAsync(string path) => ChangeElsewhereAsync(path, _ => null);

    private Task ChangeElsewhereAsync(string path, Func<TreeEntry, TreeEntry?> change) =>
        _gateway.Memory.ChangeAsync(path, change);

    private async Task AssertSameAsASecondAsync()
    {
        await using var second = await TestGateway.StartAsync(_gateway.Memory, null);
        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(await TreeText.OfAsync(_gateway.Files)));
    }
}
