using Microsoft.Extensions.Logging;

namespace Nfs.Server.Cli;

/// <summary>What the process says about itself.</summary>
internal static partial class Log
{
    [LoggerMessage(900, LogLevel.Information, "Stopping: finishing calls and making everything durable")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(901, LogLevel.Critical, "Unexpected failure")]
    public static partial void UnexpectedFailure(ILogger logger, Exception exception);

    [LoggerMessage(
        902, LogLevel.Warning,
        "The configuration does not name the store {Name} any more; what it was not sent yet stays in {Path}")]
    public static partial void StoreLeftOut(ILogger logger, string name, string path);
}
