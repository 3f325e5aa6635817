using Microsoft.Extensions.Logging;

namespace Nfs.Server.Logging;

/// <summary>Makes the log of a process.</summary>
internal static class GatewayLogging
{
    /// <summary>
    /// Lines of at least <paramref name="level"/> go to <paramref name="stream"/>; from the web server only warnings.
    /// </summary>
    public static ILoggerFactory Create(Stream stream, LogLevel level, LogFormat format, TimeProvider clock) =>
        LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning)
            .AddProvider(new LineLoggerProvider(stream, format, clock)));
}
