using Microsoft.Extensions.Logging;

namespace Nfs.Server.Rpc;

internal static partial class RpcLog
{
    [LoggerMessage(200, LogLevel.Error,
        "call failed: xid {Xid:x8} program {Program} version {Version} procedure {Procedure} from {Client}")]
    public static partial void CallFailed(
        ILogger logger, Exception exception, uint xid, uint program, uint version, uint procedure,
        ClientAddress client);
}
