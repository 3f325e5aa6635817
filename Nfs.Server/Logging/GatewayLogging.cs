using Microsoft.Extensions.Logging;

namespace Nfs.Server.Logging;

/// <summary>Makes the log of a process.</summary>
internal static class GatewayLogging
{
    /// <summary>
    /// Lines of at least <paramref name="level"/> go to <paramref name="stream"/>; from the web server only warnings.
    /// Disposing the factory writes what is queued and closes the stream.
    /// </summary>
    public static ILoggerFactory Create(Stream stream, LogLevel level, LogFormat format, TimeProvider clock)
    {
        var filter = new LoggerFilterOptions { MinLevel = level };
        filter.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);

        // Added afterwards and not by the constructor: only then does the factory dispose it.
        var factory = new LoggerFactory([], filter);
        factory.AddProvider(new LineLoggerProvider(stream, format, clock));
        return factory;
    }
}
