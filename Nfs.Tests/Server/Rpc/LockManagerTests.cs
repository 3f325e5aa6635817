using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Rpc;

/// <summary>
/// There is no lock manager, and its calls are refused like those of any unknown program: at once, since a client waits
/// for the answer, and unread. A server that calls back whoever a message names attacks others for whoever sends it.
/// </summary>
internal sealed class LockManagerTests
{
    private const uint LockManager = 100021;
    private const uint StatusMonitor = 100024;

    private static IEnumerable<TestCaseData> Calls()
    {
        for (var version = 1u; version <= 4; version++)
        {
            for (var procedure = 0u; procedure <= 23; procedure++)
            {
                yield return new TestCaseData(LockManager, version, procedure);
            }
        }

        for (var procedure = 0u; procedure <= 6; procedure++)
        {
            yield return new TestCaseData(StatusMonitor, 1u, procedure);
        }
    }

    [TestCaseSource(nameof(Calls))]
    [Covers("N-230", "N-231")]
    public async Task LocksAndNotices_AreRefused_AndUnread(uint program, uint version, uint procedure)
    {
        var server = new WireServer();

        // A lock from 2^64-2 on that is 2^64-1 bytes long, and what nobody can read at all.
        byte[] overflowing = new XdrBytes().Text("cookie").U32(1).U32(1).Text("127.0.0.1").Opaque(server.Root)
            .Text("owner").U32(1).U64(ulong.MaxValue - 1).U64(ulong.MaxValue).U32(0).U32(0);
        foreach (var arguments in (byte[][])[[], overflowing, [0xFF, 0xFF, 0xFF, 0xFF]])
        {
            var call = server.SendAsync(RpcWire.Call(5, program, version, procedure, arguments));

            Assert.That(call.IsCompleted, Is.True, "at once");
            var reply = new WireReply((await call)!).Accepted(5, (uint)AcceptStat.PROG_UNAVAIL);
            Assert.That(reply.Left, Is.Zero);
        }
    }
}
