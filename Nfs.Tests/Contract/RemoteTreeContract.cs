using System.Text;
using Cas.Client;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Contract;

/// <summary>
/// What every tree does. If one of these fails, names vanish, appear twice or carry somebody else's attributes, or a
/// commit overwrites what another gateway wrote.
/// </summary>
internal abstract class RemoteTreeContract
{
    private IStore _store = null!;

    protected IRemoteTree Tree => _store.Tree;

    [SetUp]
    public async Task OpenAsync() => _store = await OpenStoreAsync();

    [TearDown]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await CleanUpAsync();
    }

    [Test]
    public async Task Lookup_NewTree_HasNothing()
    {
        Assert.That(Ok(await Tree.LookupAsync(default, default)), Is.Null);
        Assert.That(Ok(await Tree.LookupAsync(Path("a/b"), default)), Is.Null);
        Assert.That(await ListAsync(string.Empty, recursive: true), Is.Empty);
    }

    [Test]
    public async Task FindRevision_IsAnotherOneAfterEveryChange()
    {
        var revisions = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var made = Ok(await CommitAsync(New("a")));
            revisions.Add(Ok(await Tree.FindRevisionAsync(default)));
            Assert.That(Ok(await Tree.FindRevisionAsync(default)), Is.EqualTo(revisions[^1]), "nothing changed");
            Ok(await CommitAsync(new TreeChange(Path("a"), null, made[0])));
            revisions.Add(Ok(await Tree.FindRevisionAsync(default)));
        }

        Assert.That(revisions, Is.Unique);
        Assert.That(Tree.IsPinned, Is.False);
    }

    [Test]
    public async Task Commit_StaleVersion_IsAConflictThatNamesThePathAndChangesNothing()
    {
        var first = Ok(await CommitAsync(New("a"), New("b")));
        Ok(await CommitAsync(new TreeChange(Path("b"), Entry, first[1])));

        var result = await CommitAsync(
            New("new"), new TreeChange(Path("a"), null, first[0]), new TreeChange(Path("b"), Entry, first[1]));

        Assert.That(result.Error, Is.EqualTo(CasError.Conflict));
        Assert.That(result.Detail, Does.Contain("b"));
        Assert.That(await ListAsync(string.Empty, recursive: true), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(Ok(await Tree.LookupAsync(Path("a"), default))!.Version, Is.EqualTo(first[0]));
    }

    [Test]
    public async Task Commit_PathThatIsThere_DoesNotReplaceAbsent()
    {
        Ok(await CommitAsync(New("a")));

        Assert.That((await CommitAsync(New("a"))).Error, Is.EqualTo(CasError.Conflict));
    }

    [Test]
    public async Task Commit_PathThatIsGone_IsAConflict()
    {
        var version = Ok(await CommitAsync(New("a")))[0];
        Ok(await CommitAsync(new TreeChange(Path("a"), null, version)));

        var change = await CommitAsync(new TreeChange(Path("a"), Entry, version));
        var deletion = await CommitAsync(new TreeChange(Path("a"), null, version));

        Assert.That(change.Error, Is.EqualTo(CasError.Conflict));
        Assert.That(deletion.Error, Is.EqualTo(CasError.Conflict));
    }

    [Test]
    public async Task Commit_AfterConflict_GoesOn()
    {
        Ok(await CommitAsync(New("a")));
        Assert.That((await CommitAsync(New("a"))).Error, Is.EqualTo(CasError.Conflict));

        Ok(await CommitAsync(New("b")));

        Assert.That(await ListAsync(string.Empty, recursive: false), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Commit_DeleteAndMakeAgain_NeverRepeatsAVersion()
    {
        var seen = new HashSet<TreeVersion>();
        for (var i = 0; i < 5; i++)
        {
            var version = Ok(await CommitAsync(New("a")))[0];
            Assert.That(seen.Add(version), Is.True, $"version {version} came back");
            var deletion = Ok(await CommitAsync(new TreeChange(Path("a"), null, version)));
            Assert.That(deletion[0], Is.EqualTo(TreeVersion.Absent));
        }
    }

    [Test]
    public async Task Commit_SameEntryAgain_IsANewVersion()
    {
        var first = Ok(await CommitAsync(New("a")))[0];

        var second = Ok(await CommitAsync(new TreeChange(Path("a"), Entry, first)))[0];

        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(Ok(await Tree.LookupAsync(Path("a"), default))!.Version, Is.EqualTo(second));
    }

    [Test]
    public async Task Commit_VersionsInTheOrderOfChanges()
    {
        var versions = Ok(await CommitAsync(New("b"), New("a"), New("c")));

        foreach (var (name, index) in new[] { ("b", 0), ("a", 1), ("c", 2) })
        {
            Assert.That(Ok(await Tree.LookupAsync(Path(name), default))!.Version, Is.EqualTo(versions[index]), name);
        }
    }

    [Test]
    public async Task Commit_Nothing_Succeeds() => Assert.That(Ok(await CommitAsync()), Is.Empty);

    [Test]
    public async Task Commit_OnePathTwice_IsInvalid()
    {
        Assert.That((await CommitAsync(New("a"), New("a"))).Error, Is.EqualTo(CasError.Invalid));
        Assert.That(await ListAsync(string.Empty, recursive: true), Is.Empty);
    }

    [TestCase("/a")]
    [TestCase("a/")]
    [TestCase("a//b")]
    [TestCase("/")]
    [TestCase("a\0b")]
    [TestCase(".")]
    [TestCase("a/../b")]
    [TestCase("..")]
    public async Task AnyCall_NotAPath_IsInvalid(string path)
    {
        Assert.That((await CommitAsync(New(path))).Error, Is.EqualTo(CasError.Invalid));
        Assert.That((await Tree.LookupAsync(Path(path), default)).Error, Is.EqualTo(CasError.Invalid));
        Assert.That((await Tree.ListAsync(Path(path), true, default, 1, default)).Error, Is.EqualTo(CasError.Invalid));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public async Task List_LimitBelowOne_IsInvalid(int limit) =>
        Assert.That((await Tree.ListAsync(default, true, default, limit, default)).Error, Is.EqualTo(CasError.Invalid));

    [Test]
    [Covers("EC-134")]
    public async Task List_NamesThatBeginAlike_GoesByBytesAndStaysInTheDirectory()
    {
        string[] paths =
            ["a", "a!", "a.b", "a.b/x", "a/b", "a/b/c", "a/b.c", "a0", "ab", "ab/c", "b", "á", "a/\uFFFF"];
        Ok(await CommitAsync([.. paths.Select(New)]));

        Assert.That(await ListAsync(string.Empty, recursive: true), Is.EqualTo(InByteOrder(paths)));
        Assert.That(
            await ListAsync(string.Empty, recursive: false),
            Is.EqualTo(InByteOrder(paths.Where(x => !x.Contains('/')))));
        Assert.That(await ListAsync("a", recursive: true), Is.EqualTo(new[] { "a/b", "a/b.c", "a/b/c", "a/\uFFFF" }));
        Assert.That(await ListAsync("a", recursive: false), Is.EqualTo(new[] { "a/b", "a/b.c", "a/\uFFFF" }));
        Assert.That(await ListAsync("a.b", recursive: true), Is.EqualTo(new[] { "a.b/x" }));
        Assert.That(await ListAsync("a/b", recursive: false), Is.EqualTo(new[] { "a/b/c" }));
        Assert.That(await ListAsync("missing", recursive: true), Is.Empty);
    }

    [TestCase("a", "a", "a/b", "a/b/c", "a/c")]
    [TestCase("a", "a/b", "a/b/c", "a/c")]
    [TestCase("a", "a/bz", "a/c")]
    [TestCase("a", "a/c")]
    [TestCase("a", "z")]
    [TestCase("a", "A", "a/b", "a/b/c", "a/c")]
    public async Task List_After_AnyPathEvenOneOutside(string directory, string after, params string[] expected)
    {
        Ok(await CommitAsync([.. new[] { "a", "a/b", "a/b/c", "a/c", "b" }.Select(New)]));

        var page = Ok(await Tree.ListAsync(Path(directory), true, Path(after), 100, default));

        Assert.That(page.Select(x => Text(x.Path)), Is.EqualTo(expected));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task List_TenThousandEntriesByPages_GivesEachOnce(bool recursive)
    {
        var paths = Enumerable.Range(0, 10_000).Select(x => $"big/f{x * 7919 % 10_000:x}").ToList();
        Ok(await CommitAsync([New("big"), New("big.after"), .. paths.Select(New)]));
        var seen = new List<string>();
        IReadOnlyList<TreeItem> page;
        do
        {
            var after = seen.Count == 0 ? default : Path(seen[^1]);
            page = Ok(await Tree.ListAsync(Path("big"), recursive, after, 777, default));
            seen.AddRange(page.Select(x => Text(x.Path)));
        }
        while (page.Count == 777);

        Assert.That(seen, Is.EqualTo(InByteOrder(paths)));
    }

    [Test]
    public async Task List_PageThatFillsExactly_IsFollowedByAnEmptyOne()
    {
        Ok(await CommitAsync(New("a"), New("b")));

        Assert.That(Ok(await Tree.ListAsync(default, false, default, 2, default)), Has.Count.EqualTo(2));
        Assert.That(Ok(await Tree.ListAsync(default, false, Path("b"), 2, default)), Is.Empty);
    }

    [Test]
    public async Task Commit_ManyAtOnceOnOnePath_OneWins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CommitAsync(New("a")).AsTask()));

        Assert.That(results.Count(x => x.IsOk), Is.EqualTo(1));
        Assert.That(results.Count(x => x.Error == CasError.Conflict), Is.EqualTo(19));
    }

    [Test]
    public void AnyCall_Cancelled_Throws()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.That(
            async () => await Tree.CommitAsync([New("a")], cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            async () => await Tree.LookupAsync(default, cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>An entry that the tree keeps as it is.</summary>
    protected virtual TreeEntry Entry { get; } = new() { Kind = TreeEntryKind.Directory, Mode = 0x1ED };

    protected abstract Task<IStore> OpenStoreAsync();

    protected virtual Task CleanUpAsync() => Task.CompletedTask;

    protected static ReadOnlyMemory<byte> Path(string path) => Encoding.UTF8.GetBytes(path);

    private static string Text(ReadOnlyMemory<byte> path) => Encoding.UTF8.GetString(path.Span);

    protected TreeChange New(string path) => new(Path(path), Entry, TreeVersion.Absent);

    private static List<string> InByteOrder(IEnumerable<string> paths) =>
        [.. paths.OrderBy(x => Convert.ToHexString(Encoding.UTF8.GetBytes(x)), StringComparer.Ordinal)];

    protected static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    protected ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(params TreeChange[] changes) =>
        Tree.CommitAsync(changes, default);

    protected async Task<List<string>> ListAsync(string directory, bool recursive)
    {
        var page = Ok(await Tree.ListAsync(Path(directory), recursive, default, 1000, default));
        return [.. page.Select(x => Text(x.Path))];
    }
}
