using Cas.Client;
using Cas.Client.Sqlite;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local.Upkeep;

// If these fail, an operator believes that a damaged store is whole and overwrites the last good backup, or is sent to
// the backup by a store that is whole.
[TestFixture]
internal sealed class StoreCheckTests
{
    private const string Path = "dir/file";

    private StoreDirectory _directory = null!;
    private ContentId _content;

    [SetUp]
    public async Task SetUp()
    {
        _directory = new StoreDirectory();
        await using var store = await _directory.OpenAsync();
        _content = await store.PutAsync(Path, StoredFiles.Bytes(seed: 1, 1_500_000));
        await store.PutAsync("other", StoredFiles.Bytes(seed: 2, 50_000));
    }

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public async Task Check_WholeStore_IsCleanAndCountsEverything()
    {
        var (summary, findings) = await CheckAsync();

        Assert.That(findings, Is.Empty);
        Assert.That((summary.Xorbs, summary.Shards, summary.Files, summary.TreeEntries), Is.EqualTo((2L, 2L, 2L, 2L)));
        Assert.That(summary.Chunks, Is.GreaterThan(15));
        Assert.That(
            summary.StoredBytes,
            Is.EqualTo((ulong)_directory.Xorbs().Concat(_directory.Shards()).Sum(f => new FileInfo(f).Length)));
    }

    [Test]
    public async Task Check_AnyFlippedBit_IsDamage([Range(0, 29)] int seed)
    {
        var random = new Random(seed);
        var files = _directory.Xorbs().Concat(_directory.Shards()).Order().ToArray();
        var path = files[seed % files.Length];
        StoreDirectory.Flip(path, random.NextInt64(new FileInfo(path).Length));

        var (summary, findings) = await CheckAsync();

        Assert.That(summary.Damages, Is.Positive);
        Assert.That(Damages(findings), Has.Some.Contains(System.IO.Path.GetFileName(path)));
    }

    [Test]
    public async Task Check_DamagedChunk_NamesTheFilesThatNeedIt_AndNoOthers()
    {
        string half;
        await using (var store = await _directory.OpenAsync())
        {
            // Shares the first half of the chunks, and not the damaged one.
            half = "half";
            await store.PutAsync(half, StoredFiles.Bytes(seed: 1, 1_500_000)[..600_000]);
        }

        StoreDirectory.Flip(Largest(_directory.Xorbs()), 1_200_000);

        var (_, findings) = await CheckAsync();

        Assert.That(Damages(findings), Has.Length.EqualTo(2));
        Assert.That(Damages(findings), Has.One.Contains("chunk ").And.Some.StartsWith($"/{Path}: "));
        Assert.That(Damages(findings), Has.None.StartsWith("/" + half).And.None.StartsWith("/other"));
    }

    [Test]
    public async Task Check_DamageThatWasStoredAgain_IsANoteOnceTheOldEntryIsGone()
    {
        StoreDirectory.Flip(Largest(_directory.Xorbs()), 1_200_000);
        await using (var store = await _directory.OpenAsync())
        {
            Assert.That(await store.PutAsync(StoredFiles.Bytes(seed: 1, 1_500_000)), Is.EqualTo(_content));
        }

        var upkeep = await _directory.OpenUpkeepAsync();
        var swept = await upkeep.SweepAsync(
            new SweepRequest { Keep = TimeSpan.Zero, ReadState = (_, _) => { } }, default);
        var (summary, findings) = await CheckAsync();

        Assert.That(swept.IsOk, Is.True, swept.Detail);
        Assert.That((summary.Damages, summary.Notes), Is.EqualTo((0L, 1L)), string.Join('\n', findings));
        Assert.That(findings[0].Sentence, Does.Contain("chunk ").And.EndWith("no file needs it"));
        await using var again = await _directory.OpenAsync();
        Assert.That(await again.ReadAsync(_content), Is.EqualTo(StoredFiles.Bytes(seed: 1, 1_500_000)));
    }

    [Test]
    public async Task Check_MissingXorb_NamesItAndThePath()
    {
        var xorb = Largest(_directory.Xorbs());
        File.Delete(xorb);

        var (_, findings) = await CheckAsync();

        Assert.That(Damages(findings), Has.Length.EqualTo(2));
        Assert.That(Damages(findings), Has.Some.Contains("is not there").And.Some.StartsWith($"/{Path}: "));
        Assert.That(Damages(findings), Has.All.Contains(System.IO.Path.GetFileName(xorb)));
    }

    [Test]
    public async Task Check_MissingShard_NamesItAndThePath([Values] bool indexIsLostToo)
    {
        var shard = Largest(_directory.Shards());
        File.Delete(shard);
        if (indexIsLostToo)
        {
            DeleteIndex();
        }

        var (_, findings) = await CheckAsync();

        Assert.That(Damages(findings), Has.One.StartsWith($"/{Path}: "));
        Assert.That(
            Damages(findings).Any(d => d.StartsWith($"shard {System.IO.Path.GetFileName(shard)} is not there",
                StringComparison.Ordinal)),
            Is.Not.EqualTo(indexIsLostToo));
    }

    [Test]
    public async Task Check_TreeSaysAnotherSizeOrUnknownContent_IsDamageOfThatPath()
    {
        await using (var store = await _directory.OpenAsync())
        {
            await store.NameAsync("longer", _content with { Size = _content.Size + 1 });
            await store.NameAsync("unknown", new ContentId(new MerkleHash(1, 2, 3, 4), 10));
            await store.NameAsync("empty", ContentId.Empty);
        }

        var (_, findings) = await CheckAsync();

        Assert.That(Damages(findings), Has.Length.EqualTo(2));
        Assert.That(Damages(findings), Has.One.StartsWith("/longer: ").And.One.StartsWith("/unknown: "));
    }

    [Test]
    public async Task Check_Leftovers_AreNotesAndStay()
    {
        File.WriteAllText(_directory["tmp/unfinished"], "x");
        string unnamed;
        using (var other = new StoreDirectory())
        {
            await using (var store = await other.OpenAsync())
            {
                await store.PutAsync(StoredFiles.Bytes(seed: 3, 100_000));
            }

            unnamed = other.Xorbs()[0];
            File.Copy(unnamed, _directory.Path + unnamed[other.Path.Length..]);
        }

        var (summary, findings) = await CheckAsync();

        Assert.That((summary.Damages, summary.Notes), Is.EqualTo((0L, 2L)));
        Assert.That(findings.Select(f => f.Sentence), Has.One.Contains("tmp/unfinished"));
        Assert.That(findings.Select(f => f.Sentence), Has.One.Contains(System.IO.Path.GetFileName(unnamed)));
        Assert.That(File.Exists(_directory["tmp/unfinished"]), Is.True);
    }

    [Test]
    public async Task Check_ChunksThatTheIndexDoesNotFind_AreANote()
    {
        ChangeIndex("DELETE FROM chunk");

        var (summary, _) = await CheckAsync();

        Assert.That((summary.Damages, summary.Notes), Is.EqualTo((0L, 1L)));
    }

    [Test]
    public async Task Check_LostIndex_IsANote()
    {
        DeleteIndex();

        var (summary, _) = await CheckAsync();

        Assert.That((summary.Damages, summary.Notes), Is.EqualTo((0L, 1L)));
    }

    [TestCase("UPDATE file SET record = record + 1")]
    [TestCase("DELETE FROM file")]
    [TestCase("UPDATE chunk SET place = place + 1")]
    public async Task Check_IndexThatDisagrees_IsDamageWithARemedyThatHelps(string change)
    {
        ChangeIndex(change);

        var (_, findings) = await CheckAsync();
        DeleteIndex();
        var (remedied, _) = await CheckAsync();

        Assert.That(Damages(findings), Has.One.Contains("disagrees").And.Some.Contains("delete index.db"));
        Assert.That(remedied.Damages, Is.Zero);
    }

    [TestCase("index.db")]
    [TestCase("tree.db")]
    public async Task Check_DamagedDatabase_IsDamage(string name)
    {
        var bytes = File.ReadAllBytes(_directory[name]);
        bytes.AsSpan(4096, 4096).Fill(0xA5);
        File.WriteAllBytes(_directory[name], bytes);

        var (_, findings) = await CheckAsync();

        Assert.That(Damages(findings), Has.One.StartsWith(name));
    }

    [Test]
    public async Task Check_StoreThatIsOpen_IsRefusedNamingTheProcess()
    {
        await using var store = await _directory.OpenAsync();
        var upkeep = await _directory.OpenUpkeepAsync();

        Assert.That(
            () => upkeep.CheckAsync(_ => { }, _ => { }, default),
            Throws.TypeOf<StoreUnavailableException>().With.Message.Contains($"process {Environment.ProcessId}"));
    }

    [Test]
    public void Check_EmptyDirectory_IsRefusedAndStaysEmpty()
    {
        using var empty = new StoreDirectory();

        Assert.That(empty.OpenUpkeepAsync, Throws.TypeOf<StoreUnavailableException>());
        Assert.That(Directory.EnumerateFileSystemEntries(empty.Path), Is.Empty);
    }

    private static string[] Damages(IEnumerable<CheckFinding> findings) =>
        [.. findings.Where(finding => finding.IsDamage).Select(finding => finding.Sentence)];

    private static string Largest(string[] paths) => paths.MaxBy(path => new FileInfo(path).Length)!;

    private void ChangeIndex(string change)
    {
        using var index = SystemSqlite.Open(_directory["index.db"]);
        using var command = index.CreateCommand();
        command.CommandText = change;
        command.ExecuteNonQuery();
    }

    private void DeleteIndex()
    {
        foreach (var path in Directory.GetFiles(_directory.Path, "index.db*"))
        {
            File.Delete(path);
        }
    }

    private async Task<(CheckSummary Summary, List<CheckFinding> Findings)> CheckAsync()
    {
        var upkeep = await _directory.OpenUpkeepAsync();
        var findings = new List<CheckFinding>();
        var gate = new Lock();
        void Add(CheckFinding finding)
        {
            lock (gate)
            {
                findings.Add(finding);
            }
        }

        var summary = await upkeep.CheckAsync(Add, _ => { }, default);
        Assert.That(summary.IsOk, Is.True, summary.Detail);
        return (summary.Value, findings);
    }
}
