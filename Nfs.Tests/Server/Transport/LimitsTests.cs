using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Transport;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Transport;

/// <summary>
/// The limits that clients were promised, by RFC or by us. A change here is a change of the protocol and not a matter
/// of taste: a client that mounted before meets the other value.
/// </summary>
internal sealed class LimitsTests
{
    private static readonly (string Name, long Ours, long Promised)[] s_exact =
    [
        ("file handle at most, RFC 1813 2.4", Nfs3Constants.NFS3_FHSIZE, 64),
        ("file name, PATHCONF", FileName.BytesMax, 255),
        ("text of a symbolic link: the longest path of Linux", VfsLimits.SymlinkBytesMax, 4095),
        ("mount path, RFC 1813 5.1.4", Mount3Constants.MNTPATHLEN, 1024),
        ("credential or verifier, RFC 5531 9", RpcConstants.AuthBytesMax, 400),
        ("machine name, RFC 5531 appendix A", RpcConstants.MachineNameBytesMax, 255),
        ("groups, RFC 5531 appendix A", RpcConstants.GroupsMax, 16),
        ("READ and WRITE, FSINFO", Nfs3Constants.TransferBytesMax, 1 << 20),
        ("record", ServerLimits.RecordBytesMax, (1 << 20) + 4096),
        ("program NFS", Nfs3Constants.NFS_PROGRAM, 100003),
        ("program MOUNT", Mount3Constants.MOUNT_PROGRAM, 100005),
    ];

    private static readonly (string Name, double Ours, double From, double To)[] s_within =
    [
        ("our file handle", FileHandleCodec.Bytes, 1, Nfs3Constants.NFS3_FHSIZE),
        ("calls of a connection: a Linux client's slots", ServerLimits.ConnectionCallsMax, 64, 1024),
        ("bytes of a connection: a few of the longest calls", ServerLimits.ConnectionBytesMax, 8 << 20, 64 << 20),
        ("empty fragments in a row", ServerLimits.EmptyFragmentsMax, 1, 64),
        ("minutes that a silent client stays", ServerLimits.IdleTimeout.TotalMinutes, 6, 120),
        ("seconds that a stalled one does", ServerLimits.StallTimeout.TotalSeconds, 30, 120),
        ("connections for a mount with nconnect=16, several times", ServerLimits.ConnectionsMax / 2, 256, 4096),
    ];

    [TestCaseSource(nameof(Exact))]
    public void Limit_IsAsPromised(long ours, long promised) => Assert.That(ours, Is.EqualTo(promised));

    [TestCaseSource(nameof(Within))]
    public void Limit_IsSensible(double ours, double from, double to) => Assert.That(ours, Is.InRange(from, to));

    /// <summary>What one client may make the server hold, with all connections but those of others.</summary>
    [Test]
    public void AllConnectionsOfOneClient_StayBelow500MiB()
    {
        const long CallSlotBytes = 3 << 10;
        const long OwnBytes = ServerLimits.SendFileStepBytes + (ServerLimits.CallSlotsKept * CallSlotBytes);
        const long PooledBytes =
            ServerLimits.PooledBuffersMax * (long)(ServerLimits.ReceiveBytes + ServerLimits.LargeReceiveBytes);

        Assert.That(
            ServerLimits.BytesMax + (ServerLimits.ConnectionsMax * OwnBytes) + PooledBytes,
            Is.LessThan(500L << 20));
    }

    private static IEnumerable<TestCaseData> Exact() => s_exact.Select(
        limit => new TestCaseData(limit.Ours, limit.Promised).SetArgDisplayNames(limit.Name));

    private static IEnumerable<TestCaseData> Within() => s_within.Select(
        limit => new TestCaseData(limit.Ours, limit.From, limit.To).SetArgDisplayNames(limit.Name));
}
