using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// A client on macOS asks for a name in another form than it was made with: it must meet the same file, and never make a
// second one beside it.
[TestFixture]
internal sealed class UnicodeNameTests
{
    private const string Composed = "caf\u00E9";
    private const string Decomposed = "cafe\u0301";

    private static readonly GatewayOptions s_insensitive = TestGateway.Quiet with { IsFormInsensitive = true };

    private TestGateway _gateway = null!;

    [SetUp]
    public async Task StartAsync() => _gateway = await TestGateway.StartAsync(s_insensitive);

    [TearDown]
    public async Task StopAsync() => await _gateway.DisposeAsync();

    [TestCase(Composed, Decomposed)]
    [TestCase(Decomposed, Composed)]
    [Covers("N-112")]
    public async Task EitherForm_FindsTheEntry_AndTheOneItWasMadeWithIsListed(string made, string asked)
    {
        var file = await _gateway.MakeFileAsync(made, [1]);

        Assert.That(_gateway.Find(asked), Is.EqualTo(file));
        Assert.That(Listed(), Is.EqualTo(new[] { made }));

        await _gateway.ReopenAsync();

        Assert.That(_gateway.Find(asked), Is.EqualTo(file));
        Assert.That(Listed(), Is.EqualTo(new[] { made }));
    }

    [Test]
    [Covers("N-112")]
    public async Task TheOtherForm_OfANameThatExists_CannotBeMade()
    {
        var file = await _gateway.MakeFileAsync(Composed);
        var (files, root, other) = (_gateway.Files, InodeId.Root, FileName.From(Decomposed));

        var guarded = await files.CreateAsync(Caller.Root, root, other, CreateMode.Guarded, default, 0, default);
        var directory = await files.MakeDirectoryAsync(Caller.Root, root, other, default, default);
        var link = await files.LinkAsync(Caller.Root, file, root, other, default);
        var taken = await files.CreateAsync(Caller.Root, root, other, CreateMode.Unchecked, default, 0, default);

        Assert.That(
            new[] { guarded.Error, directory.Error, link.Error }, Is.All.EqualTo(VfsError.Exist));
        Assert.That(taken.Object!.Value.Id, Is.EqualTo(file));
        Assert.That(Listed(), Is.EqualTo(new[] { Composed }));
    }

    [Test]
    [Covers("N-112")]
    public async Task RemovedByTheOtherForm_ItIsGone_HereAndInTheStoreAndAfterARestart()
    {
        await _gateway.MakeFileAsync(Composed, [1]);
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredPathsAsync(), Has.Member(Composed));

        await _gateway.RemoveAsync(Decomposed);
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredPathsAsync(), Has.No.Member(Composed).And.No.Member(Decomposed));
        await _gateway.ReopenAsync();
        Assert.That(Listed(), Is.Empty);
    }

    [Test]
    [Covers("N-112")]
    public async Task RenamedByTheOtherForm_TheTargetIsReplacedUnderItsOwnSpelling()
    {
        await _gateway.MakeFileAsync(Composed, [1]);
        var moved = await _gateway.MakeFileAsync("draft", [2]);
        await _gateway.SyncAsync();

        await _gateway.RenameAsync("draft", Decomposed);
        await _gateway.SyncAsync();
        await _gateway.ReopenAsync();

        Assert.That(Listed(), Is.EqualTo(new[] { Composed }));
        Assert.That(_gateway.Find(Decomposed), Is.EqualTo(moved));
        Assert.That(await _gateway.StoredBytesAsync(Composed), Is.EqualTo(new byte[] { 2 }));

        await _gateway.RenameAsync(Decomposed, "final");
        await _gateway.SyncAsync();
        await _gateway.ReopenAsync();

        Assert.That(Listed(), Is.EqualTo(new[] { "final" }));
        Assert.That(await _gateway.StoredPathsAsync(), Has.Member("final").And.No.Member(Composed));
    }

    [Test]
    public async Task RemovedAndMadeInTheOtherForm_TheStoreHasTheNewSpellingAlone()
    {
        await _gateway.MakeFileAsync(Composed, [1]);
        await _gateway.SyncAsync();

        await _gateway.RemoveAsync(Composed);
        await _gateway.MakeFileAsync(Decomposed, [2]);
        await _gateway.SyncAsync();

        Assert.That(await _gateway.StoredBytesAsync(Decomposed), Is.EqualTo(new byte[] { 2 }));
        Assert.That(await _gateway.StoredPathsAsync(), Has.No.Member(Composed));
    }

    [Test]
    [Covers("N-112")]
    public async Task BothForms_MadeBefore_AreEachFoundAndRemovedByTheirOwnBytes()
    {
        await _gateway.ReopenAsync(TestGateway.Quiet);
        var composed = await _gateway.MakeFileAsync(Composed, [1]);
        var decomposed = await _gateway.MakeFileAsync(Decomposed, [2]);
        await _gateway.SyncAsync();

        await _gateway.ReopenAsync(s_insensitive);

        Assert.That(_gateway.Find(Composed), Is.EqualTo(composed));
        Assert.That(_gateway.Find(Decomposed), Is.EqualTo(decomposed));
        await _gateway.RemoveAsync(Decomposed);
        Assert.That(_gateway.Find(Decomposed), Is.EqualTo(composed), "the one that is left");
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredPathsAsync(), Has.Member(Composed).And.No.Member(Decomposed));
    }

    [Test]
    [Covers("N-112")]
    public async Task BothForms_InTheStore_AreBothTakenOver()
    {
        await using var before = await TestGateway.StartAsync();
        await before.MakeFileAsync(Composed, [1]);
        await before.MakeFileAsync(Decomposed, [2]);
        await before.SyncAsync();

        await using var gateway = await TestGateway.StartAsync(before.Memory, s_insensitive);

        Assert.That(await gateway.ReadAllAsync(gateway.Find(Composed)), Is.EqualTo(new byte[] { 1 }));
        Assert.That(await gateway.ReadAllAsync(gateway.Find(Decomposed)), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public async Task WithoutTheSwitch_TheyAreTwoNames()
    {
        await _gateway.ReopenAsync(TestGateway.Quiet);
        await _gateway.MakeFileAsync(Composed);
        await _gateway.MakeFileAsync(Decomposed);

        Assert.That(Listed(), Is.EqualTo(new[] { Composed, Decomposed }));
    }

    private List<string> Listed()
    {
        var entries = new List<DirectoryEntry>();
        _gateway.Files.ReadDirectory(Caller.Root, InodeId.Root, 0, 100, false, entries);
        return [.. entries.Select(e => Encoding.UTF8.GetString(e.Name.Span)).Where(name => name is not ("." or ".."))];
    }
}
