using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Exports;

/// <summary>Squashing that forgets a group or a call makes a stranger root.</summary>
internal sealed class ExportPolicyTests
{
    [TestCase(Squash.None, 0u, 0u, new uint[] { 0, 5 }, 0u, 0u, new uint[] { 0, 5 })]
    [TestCase(Squash.Root, 0u, 0u, new uint[] { 0, 5 }, 99u, 98u, new uint[] { 98, 5 })]
    [TestCase(Squash.Root, 7u, 0u, new uint[] { 5 }, 7u, 98u, new uint[] { 5 })]
    [TestCase(Squash.Root, 7u, 8u, new uint[] { }, 7u, 8u, new uint[] { })]
    [TestCase(Squash.All, 7u, 8u, new uint[] { 5 }, 99u, 98u, new uint[] { })]
    [Covers("N-202")]
    public async Task UserGroupAndGroups_AreMapped(
        object squash, uint uid, uint gid, uint[] groups, uint mappedUid, uint mappedGid, uint[] mappedGroups)
    {
        var server = new WireServer(
            new Export { Squash = (Squash)squash, AnonymousUid = 99, AnonymousGid = 98 });

        for (var i = 0; i < 2; i++)
        {
            byte[] args = new XdrBytes().Opaque(server.Root).Text($"d{i}").Sattr();
            await server.NfsAsync(NfsProc3.MKDIR, args, RpcWire.AuthSys(uid, gid, groups));

            var caller = server.Files.LastCaller!;
            Assert.That((caller.Uid, caller.Gid), Is.EqualTo((mappedUid, mappedGid)));
            Assert.That(caller.Groups, Is.EqualTo(mappedGroups));
        }
    }

    [Test]
    [Covers("N-203")]
    public void RootIsSquashedToNobody_ByDefault()
    {
        var export = new Export();

        Assert.That(export.Squash, Is.EqualTo(Squash.Root));
        Assert.That((export.AnonymousUid, export.AnonymousGid), Is.EqualTo((65534u, 65534u)));
    }
}
