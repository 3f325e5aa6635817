using System.Net;
using Microsoft.Extensions.Logging;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

internal static partial class TransportLog
{
    [LoggerMessage(100, LogLevel.Information, "listening on {EndPoint}")]
    public static partial void Listening(ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(101, LogLevel.Debug, "connection from {Client}")]
    public static partial void Connected(ILogger logger, ClientAddress client);

    [LoggerMessage(102, LogLevel.Debug, "connection from {Client} lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, ClientAddress client, string reason);

    [LoggerMessage(103, LogLevel.Error, "connection from {Client} failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, ClientAddress client);

    [LoggerMessage(104, LogLevel.Warning, "connection from {Client} {What}; {LeftOut} more such lines left out before")]
    public static partial void PeerWarning(ILogger logger, ClientAddress client, string what, long leftOut);

    [LoggerMessage(107, LogLevel.Warning, "accept failed, pausing: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);
}
