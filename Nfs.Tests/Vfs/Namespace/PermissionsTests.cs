using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Namespace;

// Too much granted is a leak, too little is a user locked out of a file.
[TestFixture]
internal sealed class PermissionsTests
{
    private const uint Owner = 100;
    private const uint Group = 200;

    private static readonly Caller s_owner = new(Owner, Group, []);
    private static readonly Caller s_member = new(101, 300, [Group]);
    private static readonly Caller s_other = new(102, 300, [301]);

    [Test]
    [Covers("EC-266", "N-205")]
    public void TheFirstClassThatFits_Decides([Range(0, 511)] int mode)
    {
        var file = Make(InodeType.Regular, (uint)mode);

        Check(file, s_owner, mode >> 6);
        Check(file, s_member, mode >> 3);
        Check(file, s_other, mode);
        Assert.That(Permissions.MayRead(file, Caller.Root) && Permissions.MayWrite(file, Caller.Root), Is.True);
        Assert.That(Permissions.MayExecute(file, Caller.Root), Is.EqualTo((mode & 0x49) != 0));
    }

    [Test]
    public void Root_SearchesEveryDirectory() =>
        Assert.That(Permissions.MayExecute(Make(InodeType.Directory, 0), Caller.Root), Is.True);

    [Test]
    [Covers("N-204")]
    public void OwnerReadsAndWritesData_WhateverTheMode()
    {
        var file = Make(InodeType.Regular, 0);

        Assert.That(Permissions.MayReadData(file, s_owner) && Permissions.MayWriteData(file, s_owner), Is.True);
        Assert.That(Permissions.MayReadData(file, s_member) || Permissions.MayWriteData(file, s_other), Is.False);
        Assert.That(Permissions.MayRead(file, s_owner), Is.False);
    }

    [Test]
    [Covers("N-125")]
    public void WhoMayExecute_MayReadThePages()
    {
        var file = Make(InodeType.Regular, Octal("711"));

        Assert.That(Permissions.MayReadData(file, s_other), Is.True);
        Assert.That(Permissions.MayRead(file, s_other), Is.False);
    }

    [TestCase("1777", 102u, 102u, 5u, VfsError.None, Description = "own file")]
    [TestCase("1777", 102u, 100u, 102u, VfsError.None, Description = "own directory")]
    [TestCase("1777", 102u, 100u, 5u, VfsError.Perm, Description = "neither")]
    [TestCase("777", 102u, 100u, 5u, VfsError.None, Description = "no sticky bit")]
    [TestCase("1777", 0u, 100u, 5u, VfsError.None, Description = "root")]
    [TestCase("1775", 102u, 102u, 5u, VfsError.Access, Description = "not writable comes first")]
    [TestCase("772", 102u, 102u, 5u, VfsError.Access, Description = "not searchable")]
    [Covers("N-165")]
    public void RemoveName_StickyTable(string mode, uint caller, uint fileOwner, uint directoryOwner, VfsError expected)
    {
        var directory = Make(InodeType.Directory, Octal(mode), directoryOwner);
        var file = Make(InodeType.Regular, 0, fileOwner);

        Assert.That(
            Permissions.CheckRemoveName(directory, file, new Caller(caller, 300, [])), Is.EqualTo(expected));
    }

    [Test]
    [Covers("N-113")]
    public void Grant_GivesDirectoriesLookupAndDelete_AndFilesExecute()
    {
        const AccessBits all = AccessBits.Read | AccessBits.Lookup | AccessBits.Modify | AccessBits.Extend
            | AccessBits.Delete | AccessBits.Execute;

        Assert.That(
            Permissions.Grant(Make(InodeType.Directory, Octal("777")), s_other, all),
            Is.EqualTo(all & ~AccessBits.Execute));
        Assert.That(
            Permissions.Grant(Make(InodeType.Regular, Octal("777")), s_other, all),
            Is.EqualTo(all & ~(AccessBits.Lookup | AccessBits.Delete)));
        Assert.That(
            Permissions.Grant(Make(InodeType.Directory, Octal("776")), s_other, all),
            Is.EqualTo(AccessBits.Read), "no search, so no name can be changed");
        Assert.That(
            Permissions.Grant(Make(InodeType.Regular, Octal("777")), s_other, AccessBits.Read),
            Is.EqualTo(AccessBits.Read), "only what was asked");
    }

    [TestCase("6777", "777")]
    [TestCase("6767", "2767", Description = "setgid without group execute is no privilege")]
    [TestCase("1644", "1644")]
    [Covers("N-143")]
    public void WithoutPrivilege(string before, string after) =>
        Assert.That(Permissions.WithoutPrivilege(Octal(before)), Is.EqualTo(Octal(after)));

    private static uint Octal(string digits) => Convert.ToUInt32(digits, 8);

    private static Inode Make(InodeType type, uint mode, uint uid = Owner) =>
        new(new InodeId(7), type) { Mode = mode, Uid = uid, Gid = Group, LinkCount = 1 };

    private static void Check(Inode file, Caller caller, int bits)
    {
        Assert.That(Permissions.MayRead(file, caller), Is.EqualTo((bits & 4) != 0));
        Assert.That(Permissions.MayWrite(file, caller), Is.EqualTo((bits & 2) != 0));
        Assert.That(Permissions.MayExecute(file, caller), Is.EqualTo((bits & 1) != 0));
    }
}
