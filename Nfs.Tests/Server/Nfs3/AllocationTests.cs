using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Nfs3;

// GETATTR is most of what clients send. What each call leaves for the garbage collector is paid by all, in pauses.
[TestFixture]
internal sealed class AllocationTests : WireTests
{
    private const int Calls = 1000;

    [TestCase(0u)]
    [TestCase(1000u)]
    public async Task Getattr_AllocatesNothing(uint user)
    {
        var file = await CreateAsync(Root, "f");
        var call = new RpcCall();
        var record = RpcWire.Call(
            1, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, new XdrBytes().Opaque(file), RpcWire.AuthSys(user, 5, [6, 7]));
        var thread = Environment.CurrentManagedThreadId;
        long allocated = 0;

        // The first round makes what is kept: the connection's identity, code, statics.
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                call.Begin(Server.Peer, record);
                if (await Server.Dispatcher.DispatchAsync(call, CancellationToken.None) != RpcOutcome.Reply)
                {
                    Assert.Fail("no reply");
                }
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(allocated, Is.Zero);
        Assert.That(Environment.CurrentManagedThreadId, Is.EqualTo(thread), "answered without waiting");
        Assert.That(new WireReply(call.Reply.Written.ToArray()).Accepted(1).U32(), Is.Zero);
    }
}
