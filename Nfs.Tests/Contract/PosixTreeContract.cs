using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Contract;

/// <summary>
/// What a tree does that holds everything that a POSIX file system does. If one of these fails, files lose their
/// owners, links or names.
/// </summary>
internal abstract class PosixTreeContract : RemoteTreeContract
{
    [Test]
    public async Task Lookup_AfterCommit_GivesEveryAttribute()
    {
        var entry = new TreeEntry
        {
            Kind = TreeEntryKind.BlockDevice,
            Content = new ContentId(new MerkleHash(1, ulong.MaxValue, 3, 4), ulong.MaxValue - 1),
            Mode = 0xFFF,
            Uid = uint.MaxValue,
            Gid = uint.MaxValue - 1,
            Atime = long.MinValue,
            Mtime = long.MaxValue,
            Ctime = -1,
            DeviceMajor = uint.MaxValue,
            DeviceMinor = 7,
            Target = new byte[] { 0, 255, 47 },
            LinkId = ulong.MaxValue,
        };

        var version = Ok(await CommitAsync(new TreeChange(Path("dev"), entry, TreeVersion.Absent)))[0];
        var found = Ok(await Tree.LookupAsync(Path("dev"), default))!;

        Assert.That(version, Is.Not.EqualTo(TreeVersion.Absent));
        Assert.That(found.Version, Is.EqualTo(version));
        Assert.That(found.Path.ToArray(), Is.EqualTo(Path("dev").ToArray()));
        Assert.That(found.Entry, Is.EqualTo(entry));
    }

    [TestCase(TreeEntryKind.File)]
    [TestCase(TreeEntryKind.Directory)]
    [TestCase(TreeEntryKind.BlockDevice)]
    [TestCase(TreeEntryKind.CharacterDevice)]
    [TestCase(TreeEntryKind.SymbolicLink)]
    [TestCase(TreeEntryKind.Socket)]
    [TestCase(TreeEntryKind.Fifo)]
    public async Task Lookup_EachKind_KeepsItAndAnEmptyTarget(TreeEntryKind kind)
    {
        Ok(await CommitAsync(new TreeChange(Path("x"), new TreeEntry { Kind = kind }, TreeVersion.Absent)));

        var found = Ok(await Tree.LookupAsync(Path("x"), default))!;

        Assert.That(found.Entry, Is.EqualTo(new TreeEntry { Kind = kind }));
    }

    [Test]
    public async Task Commit_Root_IsFoundAndNotListed()
    {
        Ok(await CommitAsync(New(string.Empty), New("a")));

        Assert.That(Ok(await Tree.LookupAsync(default, default))!.Entry, Is.EqualTo(Entry));
        Assert.That(await ListAsync(string.Empty, recursive: false), Is.EqualTo(new[] { "a" }));
        Assert.That(await ListAsync(string.Empty, recursive: true), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    [Covers("EC-189")]
    public async Task List_EveryByteThatANameCanHold_ComesBackInOrder()
    {
        var names = Enumerable.Range(1, 255).Where(x => x is not '/' and not '.').Select(x => new[] { (byte)x })
            .ToList();
        names.Add([0xFF, 0xFF, 0xFF]);
        names.Add([0xC3, 0x28]);
        byte[][] paths = [.. names.SelectMany(x => new[] { x, [.. x, (byte)'/', .. x] })];
        Ok(await CommitAsync([.. paths.Select(x => new TreeChange(x, Entry, TreeVersion.Absent))]));

        var all = Ok(await Tree.ListAsync(default, true, default, 10_000, default));

        Assert.That(
            all.Select(x => Convert.ToHexString(x.Path.Span)),
            Is.EqualTo(paths.Select(Convert.ToHexString).Order(StringComparer.Ordinal)));
        foreach (var name in names)
        {
            var children = Ok(await Tree.ListAsync(name, true, default, 10, default));
            Assert.That(children.Single().Path.ToArray(), Is.EqualTo((byte[])[.. name, (byte)'/', .. name]));
            Assert.That(Ok(await Tree.LookupAsync(name, default)), Is.Not.Null);
        }
    }
}
