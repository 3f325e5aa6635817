using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local.Upkeep;

// If these fail, somebody's files are deleted, or a disk fills up with what nobody needs.
[TestFixture]
internal sealed class StoreSweepTests
{
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    private StoreDirectory _directory = null!;

    [SetUp]
    public void SetUp() => _directory = new StoreDirectory();

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public async Task Sweep_KeepsWhatTheTreeNames_AndDeletesTheRest()
    {
        var kept = StoredFiles.Bytes(seed: 1, 700_000);
        var (live, dead) = await StoreAsync(
            store => store.PutAsync("kept", kept), store => store.PutAsync(StoredFiles.Bytes(seed: 2, 900_000)));
        var before = _directory.Xorbs().Concat(_directory.Shards()).Sum(path => new FileInfo(path).Length);

        var swept = await SweepAsync(TimeSpan.Zero);

        var after = _directory.Xorbs().Concat(_directory.Shards()).Sum(path => new FileInfo(path).Length);
        Assert.That(swept.BytesFreed, Is.EqualTo(before - after).And.GreaterThan(850_000));
        Assert.That((swept.XorbsDeleted, swept.FilesForgotten), Is.EqualTo((1L, 1L)));
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(live), Is.EqualTo(kept));
        Assert.That(await again.ErrorOfAsync(dead), Is.EqualTo(CasError.NotFound));
    }

    [Test]
    public async Task Sweep_FileOfTheOnlyEntryInADeadShard_MovesAndStaysReadable_WithoutTheOldIndexToo()
    {
        // Both in one batch share a xorb and a shard; one of them goes.
        var bytes = StoredFiles.Bytes(seed: 1, 60_000);
        ContentId live;
        await using (var store = await _directory.OpenAsync())
        {
            var puts = Enumerable.Range(1, 40).Select(seed => store.PutAsync(StoredFiles.Bytes(seed, 60_000))).ToList();
            live = (await Task.WhenAll(puts))[0];
            await store.NameAsync("kept", live);
        }

        await SweepAsync(TimeSpan.Zero);
        await AssertCleanAsync();
        foreach (var path in Directory.GetFiles(_directory.Path, "index.db*"))
        {
            File.Delete(path);
        }

        Assert.That(_directory.Shards(), Has.Length.EqualTo(1));
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(live), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Sweep_XorbThatIsNeededInPart_StaysWhole()
    {
        var whole = StoredFiles.Bytes(seed: 1, 1_500_000);
        var part = whole[..400_000];
        var (_, live) = await StoreAsync(store => store.PutAsync(whole), store => store.PutAsync("part", part));

        await SweepAsync(TimeSpan.Zero);

        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(live), Is.EqualTo(part));
    }

    [Test]
    public async Task Sweep_YoungContent_IsKept_AndOldIsNot()
    {
        var old = await StoreAsync(store => store.PutAsync(StoredFiles.Bytes(seed: 1, 100_000)));
        _directory.Age(TimeSpan.FromDays(8));
        var bytes = StoredFiles.Bytes(seed: 2, 100_000);
        var young = await StoreAsync(store => store.PutAsync(bytes));

        await SweepAsync(s_week);

        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(young), Is.EqualTo(bytes));
        Assert.That(await again.ErrorOfAsync(old), Is.EqualTo(CasError.NotFound));
    }

    [Test]
    public async Task Sweep_OldContentThatWasStoredAgain_IsYoung()
    {
        var bytes = StoredFiles.Bytes(seed: 1, 100_000);
        await StoreAsync(store => store.PutAsync(bytes));
        _directory.Age(TimeSpan.FromDays(8));
        var content = await StoreAsync(store => store.PutAsync(bytes));

        await SweepAsync(s_week);

        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(content), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Sweep_EveryDay_DoesNotMakeOldContentYoung()
    {
        var (_, dead) = await StoreAsync(
            store => store.PutAsync("kept", StoredFiles.Bytes(seed: 1, 50_000)),
            store => store.PutAsync("goes", StoredFiles.Bytes(seed: 2, 50_000)));
        _directory.Age(TimeSpan.FromDays(8));
        var merged = await SweepAsync(s_week);
        await using (var store = await _directory.OpenAsync())
        {
            await store.NameAsync("goes", null);
        }

        await SweepAsync(s_week);

        Assert.That(merged.ShardsWritten, Is.EqualTo(1));
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ErrorOfAsync(dead), Is.EqualTo(CasError.NotFound));
    }

    [Test]
    public async Task Sweep_ManySmallShards_BecomeOne_AndTheNextSweepHasNothingToDo()
    {
        var files = new List<(ContentId Content, byte[] Bytes)>();
        await using (var store = await _directory.OpenAsync())
        {
            for (var i = 0; i < 20; i++)
            {
                var bytes = StoredFiles.Bytes(i, 20_000 + i);
                files.Add((await store.PutAsync($"f{i}", bytes), bytes));
            }
        }

        var first = await SweepAsync(TimeSpan.Zero);
        var before = _directory.Snapshot().Where(file => !file.Key.Contains(".db", StringComparison.Ordinal));
        var second = await SweepAsync(TimeSpan.Zero);
        var after = _directory.Snapshot().Where(file => !file.Key.Contains(".db", StringComparison.Ordinal));

        Assert.That((first.ShardsDeleted, first.ShardsWritten), Is.EqualTo((20L, 1L)));
        Assert.That(second, Is.EqualTo(default(SweepSummary)));
        Assert.That(after, Is.EqualTo(before));
        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        foreach (var (content, bytes) in files)
        {
            Assert.That(await again.ReadAsync(content), Is.EqualTo(bytes));
        }
    }

    [Test]
    public async Task Sweep_ThenTheSameBytesAgain_AreStoredAnew()
    {
        var bytes = StoredFiles.Bytes(seed: 1, 300_000);
        await StoreAsync(store => store.PutAsync(bytes));
        await SweepAsync(TimeSpan.Zero);
        Assert.That(_directory.Xorbs(), Is.Empty);

        var content = await StoreAsync(store => store.PutAsync("back", bytes));

        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(content), Is.EqualTo(bytes));
    }

    [Test]
    public async Task Sweep_DryRun_TellsTheSameAndChangesNothing()
    {
        await StoreAsync(
            store => store.PutAsync("kept", StoredFiles.Bytes(seed: 1, 100_000)),
            store => store.PutAsync(StoredFiles.Bytes(seed: 2, 100_000)));
        var before = _directory.Snapshot().Where(file => !file.Key.Contains(".db", StringComparison.Ordinal));

        var planned = await SweepAsync(TimeSpan.Zero, isDryRun: true);
        var after = _directory.Snapshot().Where(file => !file.Key.Contains(".db", StringComparison.Ordinal));
        var swept = await SweepAsync(TimeSpan.Zero);

        Assert.That(after, Is.EqualTo(before));
        Assert.That(
            (planned.XorbsDeleted, planned.ShardsDeleted, planned.FilesForgotten),
            Is.EqualTo((swept.XorbsDeleted, swept.ShardsDeleted, swept.FilesForgotten)));
    }

    [Test]
    public async Task Sweep_ContentOfARegisteredState_IsKeptUntilTheStateIsForgotten()
    {
        var bytes = StoredFiles.Bytes(seed: 1, 100_000);
        ContentId held;
        await using (var store = await _directory.OpenAsync())
        {
            held = await store.PutAsync(bytes);
            await store.RegisterAsync(new StateNote("a", "/old/place"), default);
            await store.RegisterAsync(new StateNote("a", "/state"), default);
        }

        var asked = new List<StateNote>();
        await SweepAsync(TimeSpan.Zero, readState: (note, each) =>
        {
            asked.Add(note);
            each(held);
        });
        await using (var store = await _directory.OpenAsync())
        {
            Assert.That(await store.ReadAsync(held), Is.EqualTo(bytes));
        }

        await SweepAsync(TimeSpan.Zero, forgotten: "a");

        Assert.That(asked, Is.EqualTo(new[] { new StateNote("a", "/state") }));
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ErrorOfAsync(held), Is.EqualTo(CasError.NotFound));
    }

    [Test]
    public async Task Sweep_StateThatCannotBeRead_EndsItBeforeAnythingChanged()
    {
        await using (var store = await _directory.OpenAsync())
        {
            await store.PutAsync(StoredFiles.Bytes(seed: 1, 100_000));
            await store.RegisterAsync(new StateNote("a", "/state"), default);
        }

        Assert.That(
            () => SweepAsync(TimeSpan.Zero, readState: (_, _) => throw new InvalidOperationException("away")),
            Throws.InvalidOperationException);
        Assert.That(_directory.Xorbs(), Has.Length.EqualTo(1));
    }

    [TestCase("shards")]
    [TestCase("tree")]
    public async Task Sweep_DamagedStore_IsRefusedAndUntouched(string part)
    {
        await using (var store = await _directory.OpenAsync())
        {
            await store.PutAsync(StoredFiles.Bytes(seed: 1, 100_000));
            if (part == "tree")
            {
                await store.NameAsync("lost", new ContentId(new MerkleHash(1, 2, 3, 4), 10));
            }
        }

        if (part == "shards")
        {
            StoreDirectory.Flip(_directory.Shards()[0], 100);
        }

        var upkeep = await _directory.OpenUpkeepAsync();
        var swept = await upkeep.SweepAsync(Request(TimeSpan.Zero), default);

        Assert.That(swept.Error, Is.EqualTo(CasError.Corrupt));
        Assert.That(_directory.Xorbs(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Sweep_StoreThatIsOpen_IsRefusedNamingTheProcess()
    {
        await using var store = await _directory.OpenAsync();

        Assert.That(
            () => SweepAsync(TimeSpan.Zero),
            Throws.TypeOf<StoreUnavailableException>().With.Message.Contains($"process {Environment.ProcessId}"));
    }

    /// <summary>Each moment that a kill can leave between two steps of the sweep, as the files that it leaves.</summary>
    [Test]
    public async Task Sweep_OldShardsThatAreStillThere_AreTakenBackWithoutHarm()
    {
        var bytes = StoredFiles.Bytes(seed: 1, 100_000);
        var (live, dead) = await StoreAsync(
            store => store.PutAsync("kept", bytes), store => store.PutAsync(StoredFiles.Bytes(seed: 2, 100_000)));
        var old = _directory.Shards().Concat(_directory.Xorbs())
            .Select(path => (Path: path, Bytes: File.ReadAllBytes(path), At: File.GetLastWriteTimeUtc(path))).ToList();
        await SweepAsync(TimeSpan.Zero);
        foreach (var file in old.Where(file => !File.Exists(file.Path)))
        {
            File.WriteAllBytes(file.Path, file.Bytes);
            File.SetLastWriteTimeUtc(file.Path, file.At);
        }

        await using (var store = await _directory.OpenAsync())
        {
            Assert.That(await store.ReadAsync(live), Is.EqualTo(bytes));
            Assert.That(await store.ErrorOfAsync(dead), Is.EqualTo(CasError.None));
        }

        await AssertCleanAsync();
        await SweepAsync(TimeSpan.Zero);

        await AssertCleanAsync();
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(live), Is.EqualTo(bytes));
        Assert.That(await again.ErrorOfAsync(dead), Is.EqualTo(CasError.NotFound));
    }

    private static SweepRequest Request(
        TimeSpan keep, bool isDryRun = false, Action<StateNote, Action<ContentId>>? readState = null,
        params string[] forgotten) => new()
        {
            Keep = keep,
            IsDryRun = isDryRun,
            ReadState = readState ?? ((note, _) => Assert.Fail($"state {note} was asked for")),
            ForgottenStates = forgotten,
        };

    private async Task<SweepSummary> SweepAsync(
        TimeSpan keep, bool isDryRun = false, Action<StateNote, Action<ContentId>>? readState = null,
        params string[] forgotten)
    {
        var upkeep = await _directory.OpenUpkeepAsync();
        var swept = await upkeep.SweepAsync(Request(keep, isDryRun, readState, forgotten), default);
        Assert.That(swept.IsOk, Is.True, swept.Detail);
        return swept.Value;
    }

    private async Task AssertCleanAsync()
    {
        var upkeep = await _directory.OpenUpkeepAsync();
        var found = new System.Collections.Concurrent.ConcurrentBag<CheckFinding>();
        var check = await upkeep.CheckAsync(found.Add, _ => { }, default);
        Assert.That(check.IsOk, Is.True, check.Detail);
        Assert.That(found, Is.Empty);
    }

    private async Task<ContentId> StoreAsync(Func<IStore, Task<ContentId>> put)
    {
        await using var store = await _directory.OpenAsync();
        return await put(store);
    }

    private async Task<(ContentId First, ContentId Second)> StoreAsync(
        Func<IStore, Task<ContentId>> first, Func<IStore, Task<ContentId>> second) =>
        (await StoreAsync(first), await StoreAsync(second));
}
