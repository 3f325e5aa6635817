using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Takes an input as a record that a server with a file system behind it gets: it ends in one reply, which is what the
/// RFCs allow, or in a closed connection.
/// </summary>
internal sealed class GatewayTarget(FuzzedTree tree)
{
    /// <summary>What serving a call may allocate beside its record before it first waits: a page or a READ.</summary>
    private const long CallAllocationMax = 4 << 20;

    /// <summary>The reply and its fields, which the target itself takes apart.</summary>
    private const long CheckAllocationMax = 512 << 20;

    // Disk and store are well, and what the samples name cannot go away.
    private static readonly NfsStat3[] s_neverExpected =
    [
        NfsStat3.NFS3ERR_IO, NfsStat3.NFS3ERR_SERVERFAULT, NfsStat3.NFS3ERR_JUKEBOX, NfsStat3.NFS3ERR_STALE,
    ];

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    /// <summary>A loop over the server.</summary>
    public FuzzLoop Loop(ulong seed) => new(tree.Samples, Read, Expect.IsRefusal, seed, CallMutation.Apply)
    {
        AllocationSlack = CheckAllocationMax,
        MutationsMax = 3,
    };

    /// <summary>Serves a record; throws <see cref="RefusedException"/> if it is told no.</summary>
    public void Read(byte[] input)
    {
        var call = new RpcCall();
        var fields = CallFields.Of(input);
        call.Begin(tree.Server.Peer, input);
        switch (Dispatch(call, input.Length))
        {
            case RpcOutcome.Reply:
                Check(Take(call), fields);
                break;
            case RpcOutcome.Close:
                Expect.That(!fields.IsUnderstood, "a call has no answer");
                throw new RefusedException("closed");
            default:
                throw new WrongAnswerException("a call is forgotten");
        }
    }

    private RpcOutcome Dispatch(RpcCall call, int inputBytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var pending = tree.Server.Dispatcher.DispatchAsync(call, CancellationToken.None);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Expect.That(allocated <= CallAllocationMax + inputBytes, $"allocated {allocated} bytes");
        return pending.AsTask().WaitAsync(s_deadline).GetAwaiter().GetResult();
    }

    private static byte[] Take(RpcCall call)
    {
        var length = call.PayloadLength;
        using var payload = call.MovePayload();
        var reply = new byte[call.Reply.Length + ((length + 3) / 4 * 4)];
        call.Reply.Written.CopyTo(reply);
        payload?.Memory.Span[..length].CopyTo(reply.AsSpan(call.Reply.Length));
        call.Clear();
        return reply;
    }

    private static void Check(byte[] reply, CallFields fields)
    {
        var reader = new FieldReader(reply);
        Expect.That(reader.Number() == fields.Xid && reader.Number() == 1, "not a reply to this call");
        if (reader.Number(1) == 1)
        {
            var isMismatch = reader.Number(1) == 0;
            reader.Number(5);
            CheckEnd(reader, isMismatch ? 1 : 0);
            throw new RefusedException("denied");
        }

        Expect.That(reader.Number() == 0 && reader.Number() == 0, "a verifier");
        var status = (AcceptStat)reader.Number(5);
        Expect.That(status != AcceptStat.SYSTEM_ERR, "an exception in the server");
        if (status != AcceptStat.SUCCESS)
        {
            CheckEnd(reader, status == AcceptStat.PROG_MISMATCH ? 2 : 0);
            Expect.That(status != AcceptStat.GARBAGE_ARGS || !fields.IsWhole || !fields.IsUnderstood, "not garbage");
            throw new RefusedException("not served");
        }

        CheckResults(reader, fields);
    }

    private static void CheckResults(FieldReader reader, CallFields fields)
    {
        Expect.That(fields is { IsUnderstood: true, IsWhole: true }, "garbage is served");
        var result = ReplyGrammar.ReadResults(reader, fields.Program, fields.Procedure);
        CheckEnd(reader, 0);
        Expect.That(
            fields.Program == RpcWire.Mount || !s_neverExpected.Contains((NfsStat3)result),
            $"fails with {(NfsStat3)result}");
        if (result != 0)
        {
            throw new RefusedException($"status {result}");
        }
    }

    private static void CheckEnd(FieldReader reader, int wordsLeft)
    {
        for (; wordsLeft > 0; wordsLeft--)
        {
            reader.Number();
        }

        Expect.That(!reader.IsBroken && reader.Left == 0, "a reply that no client can read");
    }
}
