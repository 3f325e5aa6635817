using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nfs.Server.Xdr;

namespace Nfs.Server.Rpc;

/// <summary>
/// Records in, replies out: decodes the head of a call, finds its program, runs it, and makes every failure a reply.
/// Knows nothing of how records travel.
/// </summary>
internal sealed class RpcDispatcher(
    IReadOnlyList<IRpcProgram> programs, RequestDigest digest, DuplicateRequestCache replies, ILogger logger)
{
    private readonly IRpcProgram[] _programs = [.. programs];
    private long _errors;

    /// <summary>Calls that were refused or failed, other than by a status of their program.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>
    /// Serves the call that <see cref="RpcCall.Begin"/> took up. <paramref name="cancellationToken"/> ends reads whose
    /// peer is gone; what changes state runs to its end and its reply is kept for the retransmission.
    /// </summary>
    public ValueTask<RpcOutcome> DispatchAsync(RpcCall call, CancellationToken cancellationToken)
    {
        var verdict = RpcCallHeader.Decode(call);
        if (verdict != RpcHeaderVerdict.Ok)
        {
            Interlocked.Increment(ref _errors);
            return new(Refuse(call, verdict));
        }

        if (!TryFindProgram(call, out var program))
        {
            Interlocked.Increment(ref _errors);
            return new(RpcOutcome.Reply);
        }

        return program.KeepsReply(call.Procedure)
            ? RunOnceAsync(program, call)
            : RunAsync(program, call, cancellationToken);
    }

    private static RpcOutcome Refuse(RpcCall call, RpcHeaderVerdict verdict)
    {
        switch (verdict)
        {
            case RpcHeaderVerdict.RpcMismatch:
                RpcReplyHeader.WriteRpcMismatch(call);
                return RpcOutcome.Reply;
            case RpcHeaderVerdict.BadCredential:
                RpcReplyHeader.WriteAuthError(call, AuthStat.AUTH_BADCRED);
                return RpcOutcome.Reply;
            case RpcHeaderVerdict.RejectedCredential:
                RpcReplyHeader.WriteAuthError(call, AuthStat.AUTH_REJECTEDCRED);
                return RpcOutcome.Reply;
            case RpcHeaderVerdict.BadVerifier:
                RpcReplyHeader.WriteAuthError(call, AuthStat.AUTH_BADVERF);
                return RpcOutcome.Reply;
            case RpcHeaderVerdict.Truncated:
                RpcReplyHeader.WriteAccepted(call, AcceptStat.GARBAGE_ARGS);
                return RpcOutcome.Reply;
            default:
                return RpcOutcome.Close;
        }
    }

    private bool TryFindProgram(RpcCall call, out IRpcProgram program)
    {
        program = null!;
        foreach (var candidate in _programs)
        {
            if (candidate.Number == call.Program)
            {
                program = candidate;
                break;
            }
        }

        if (program is null)
        {
            RpcReplyHeader.WriteAccepted(call, AcceptStat.PROG_UNAVAIL);
            return false;
        }

        if (program.Version != call.Version)
        {
            RpcReplyHeader.WriteProgramMismatch(call, program.Version);
            return false;
        }

        if (call.Procedure >= program.ProcedureCount)
        {
            RpcReplyHeader.WriteAccepted(call, AcceptStat.PROC_UNAVAIL);
            return false;
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RpcOutcome> RunAsync(
        IRpcProgram program, RpcCall call, CancellationToken cancellationToken)
    {
        RpcReplyHeader.WriteAccepted(call, AcceptStat.SUCCESS);
        try
        {
            var result = await program.CallAsync(call, cancellationToken);
            Conclude(call, result);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return RpcOutcome.Drop;
        }
#pragma warning disable CA1031 // The dispatcher is an edge: a bug in one call is that call's answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            RpcLog.CallFailed(
                logger, exception, call.Xid, call.Program, call.Version, call.Procedure, call.Peer.Address);
            Conclude(call, new RpcResult(AcceptStat.SYSTEM_ERR, AuthStat.AUTH_OK));
        }

        return RpcOutcome.Reply;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RpcOutcome> RunOnceAsync(IRpcProgram program, RpcCall call)
    {
        var key = digest.Compute(call);
        call.RequestKey = key;
        if (!replies.TryBegin(key, out var reply))
        {
            var bytes = await reply;
            call.ClearReply();
            var writer = new XdrWriter(call.Reply);
            bytes.CopyTo(writer.Reserve(bytes.Length));
            writer.Complete();
            return RpcOutcome.Reply;
        }

        var outcome = await RunAsync(program, call, CancellationToken.None);
        replies.Finish(key, call.Reply.Written, call.MayKeepReply);
        return outcome;
    }

    private void Conclude(RpcCall call, RpcResult result)
    {
        if (result == RpcResult.Success)
        {
            return;
        }

        Interlocked.Increment(ref _errors);
        call.MayKeepReply = false;
        if (result.Auth != AuthStat.AUTH_OK)
        {
            RpcReplyHeader.WriteAuthError(call, result.Auth);
        }
        else
        {
            RpcReplyHeader.WriteAccepted(call, result.Status);
        }
    }
}
