using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

/// <summary>
/// A client that got no answer before a crash sends its call again. If these fail, rm says that the file which it has
/// just removed was never there, mkdir that somebody else was faster, and mv moves another file that came meanwhile.
/// </summary>
internal sealed class RequestAfterRestartTests : OperationTests
{
    private static readonly Caller s_caller = Alice with { Request = new RequestKey(1, 2) };

    private static IEnumerable<TestCaseData> Calls =>
    [
        Case("SETATTR", (files, at) => Box(files.SetAttributesAsync(
            s_caller, at.File, new AttributeChanges { Mode = Octal("400") }, at.Ctime, default))),
        Case("SETATTR of a size", (files, at) => Box(files.SetAttributesAsync(
            s_caller, at.File, new AttributeChanges { Mode = Octal("400"), Size = 7 }, at.Ctime, default))),
        Case("CREATE", (files, at) => Box(files.CreateAsync(
            s_caller, at.Directory, N("new"), CreateMode.Guarded, default, 0, default))),
        Case("CREATE unchecked", (files, at) => Box(files.CreateAsync(
            s_caller, at.Directory, N("new"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0, default))),
        Case("CREATE that empties", (files, at) => Box(files.CreateAsync(
            s_caller, at.Directory, N("f"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0, default))),
        Case("CREATE of a length", (files, at) => Box(files.CreateAsync(
            s_caller, at.Directory, N("new"), CreateMode.Guarded, new AttributeChanges { Size = 7 }, 0, default))),
        Case("CREATE exclusive", (files, at) => Box(files.CreateAsync(
            s_caller, at.Directory, N("new"), CreateMode.Exclusive, default, 9, default))),
        Case("MKDIR", (files, at) => Box(files.MakeDirectoryAsync(
            s_caller, at.Directory, N("new"), default, default))),
        Case("SYMLINK", (files, at) => Box(files.MakeSymlinkAsync(
            s_caller, at.Directory, N("new"), "target"u8.ToArray(), default, default))),
        Case("MKNOD", (files, at) => Box(files.MakeNodeAsync(
            s_caller, at.Directory, N("new"), InodeType.Fifo, 0, 0, default, default))),
        Case("REMOVE", (files, at) => Box(files.RemoveAsync(s_caller, at.Directory, N("f"), default))),
        Case("RMDIR", (files, at) => Box(files.RemoveDirectoryAsync(s_caller, at.Directory, N("sub"), default))),
        Case("RENAME", (files, at) => Box(files.RenameAsync(
            s_caller, at.Directory, N("f"), InodeId.Root, N("moved"), default))),
        Case("RENAME onto another", (files, at) => Box(files.RenameAsync(
            s_caller, at.Directory, N("f"), at.Directory, N("g"), default))),
        Case("LINK", (files, at) => Box(files.LinkAsync(s_caller, at.File, at.Directory, N("new"), default))),
    ];

    [TestCaseSource(nameof(Calls))]
    [Covers("EC-255", "N-217", "R-6")]
    public async Task ACallSentAgain_IsAnsweredTheSame_AndDoesNothing(Func<IFileSystem, Place, Task<object>> call)
    {
        var at = await PrepareAsync();
        var first = await call(Files, at);
        await ChangeEverythingAsync(at);
        await using var killed = await Gateway.CrashAsync();
        var before = Look(killed, at);

        var again = await call(killed.Files, at);

        Assert.That(again, Is.EqualTo(first));
        Assert.That(again.ToString(), Does.Contain("Error = None"));
        Assert.That(Look(killed, at), Is.EqualTo(before));
    }

    // open with O_CREAT and O_TRUNC; what others wrote since the first try must not go with the second.
    [Test]
    public async Task AFileThatACreateEmptied_IsNotEmptiedAgain()
    {
        var file = await FileAsync("f", Alice, "666");
        await Gateway.WriteAsync(file, 0, [1, 2, 3], Stability.FileSync);
        Assert.That((await EmptyAsync(Files)).Object?.Size, Is.Zero);
        await Gateway.WriteAsync(file, 0, [4, 5], Stability.FileSync);
        await using var killed = await Gateway.CrashAsync();

        var again = await EmptyAsync(killed.Files);

        Assert.That((again.Error, again.Object?.Id, again.Object?.Size), Is.EqualTo((VfsError.None, file, 0UL)));
        Assert.That(await killed.ReadAllAsync(file), Is.EqualTo(new byte[] { 4, 5 }));

        static async Task<CreateResult> EmptyAsync(IFileSystem files) => await files.CreateAsync(
            s_caller, InodeId.Root, N("f"), CreateMode.Unchecked, new AttributeChanges { Size = 0 }, 0, default);
    }

    [Test]
    [Covers("N-216")]
    public async Task ARecord_IsForgottenAfterAWhile([Values] bool beforeTheRestart)
    {
        await DirectoryAsync("d", Alice, "755");
        await Files.RemoveDirectoryAsync(s_caller, InodeId.Root, N("d"), default);
        if (beforeTheRestart)
        {
            Clock.Advance(TimeSpan.FromHours(1));
        }

        await Gateway.ReopenAsync();
        if (!beforeTheRestart)
        {
            var soon = await Files.RemoveDirectoryAsync(s_caller, InodeId.Root, N("d"), default);
            Assert.That(soon.Error, Is.EqualTo(VfsError.None));
            Clock.Advance(TimeSpan.FromHours(1));
        }

        var late = await Files.RemoveDirectoryAsync(s_caller, InodeId.Root, N("d"), default);
        Assert.That(late.Error, Is.EqualTo(VfsError.NoEnt), "an hour later it is another call");
    }

    [Test]
    public async Task ACallThatFailed_IsTriedAnew()
    {
        var missing = await Files.RemoveAsync(s_caller, InodeId.Root, N("f"), default);
        await FileAsync("f", Alice, "644");
        await Gateway.ReopenAsync();

        var again = await Files.RemoveAsync(s_caller, InodeId.Root, N("f"), default);

        Assert.That((missing.Error, again.Error), Is.EqualTo((VfsError.NoEnt, VfsError.None)));
    }

    private static TestCaseData Case(string name, Func<IFileSystem, Place, Task<object>> call) =>
        new TestCaseData(call).SetArgDisplayNames(name);

    private static async Task<object> Box<T>(ValueTask<T> result)
        where T : struct => await result;

    private async Task<Place> PrepareAsync()
    {
        var directory = await DirectoryAsync("d", Alice, "755");
        var file = await FileAsync("f", Alice, "644", directory);
        await Gateway.WriteAsync(file, 0, new byte[100], Stability.FileSync);
        await FileAsync("g", Alice, "644", directory);
        await DirectoryAsync("sub", Alice, "755", directory);
        return new Place(directory, file, Get(file).Ctime);
    }

    /// <summary>Others come and go, and take the caller's rights away.</summary>
    private async Task ChangeEverythingAsync(Place at)
    {
        foreach (var name in (string[])["f", "new"])
        {
            await Files.RemoveAsync(Root, at.Directory, N(name), default);
            await Files.RemoveDirectoryAsync(Root, at.Directory, N(name), default);
            await FileAsync(name, Root, "600", at.Directory);
        }

        await DirectoryAsync("later", Root, "700", at.Directory);
        await Files.SetAttributesAsync(
            Root, at.Directory, new AttributeChanges { Uid = Bob.Uid, Mode = Octal("700") }, null, default);
    }

    private static string Look(TestGateway gateway, Place at)
    {
        var entries = new List<DirectoryEntry>();
        foreach (var directory in (InodeId[])[InodeId.Root, at.Directory])
        {
            gateway.Files.ReadDirectory(Root, directory, 0, 100, withAttributes: true, entries);
        }

        return string.Join("\n", entries.Select(e => $"{Encoding.UTF8.GetString(e.Name.Span)} {e.Attributes}"));
    }

    /// <summary>What the calls are about.</summary>
    public sealed record Place(InodeId Directory, InodeId File, Timestamp Ctime);
}
