using System.Text;
using Microsoft.Extensions.Logging;
using Nfs.Server.Logging;
using NUnit.Framework;

namespace Nfs.Tests.Server.Logging;

// If these fail, a terminal that is paused stops the gateway, or the last lines before the end are lost.
public sealed class LineLoggerProviderTests
{
    [Test]
    public void Dispose_WritesWhatIsQueued()
    {
        var stream = new MemoryStream();
        using (var logs = GatewayLogging.Create(stream, LogLevel.Information, LogFormat.Text, TimeProvider.System))
        {
            for (var i = 0; i < 100; i++)
            {
                logs.CreateLogger("Nfs.Test").LogInformation("line {Number}", i);
            }
        }

        Assert.That(Lines(stream), Has.Length.EqualTo(100).And.Some.Contains("info Nfs.Test: line 99"));
    }

    [Test]
    public void Levels_AreFiltered_AndTheWebServerIsQuiet()
    {
        var stream = new MemoryStream();
        using (var logs = GatewayLogging.Create(stream, LogLevel.Debug, LogFormat.Text, TimeProvider.System))
        {
            logs.CreateLogger("Nfs.Test").LogTrace("no");
            logs.CreateLogger("Nfs.Test").LogDebug("yes");
            logs.CreateLogger("Microsoft.AspNetCore.Hosting").LogInformation("no");
            logs.CreateLogger("Microsoft.AspNetCore.Hosting").LogWarning("yes");
        }

        Assert.That(Lines(stream), Has.Length.EqualTo(2).And.All.EndsWith("yes"));
    }

    [Test]
    public void BlockedReader_StallsNobody_AndLossIsCounted()
    {
        const int Many = 10_000;
        var stream = new BlockedStream();
        using (var logs = GatewayLogging.Create(stream, LogLevel.Information, LogFormat.Text, TimeProvider.System))
        {
            var logger = logs.CreateLogger("Nfs.Test");
            for (var i = 0; i < Many; i++)
            {
                logger.LogInformation("line");
            }

            stream.Open();
        }

        var lines = Lines(stream.Written);
        Assert.That(lines, Has.Length.LessThan(Many));
        Assert.That(lines, Has.Exactly(1).Contains($"{Many - lines.Length + 1} log lines were dropped"));
    }

    private static string[] Lines(MemoryStream stream) =>
        Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Takes nothing until it is opened, like a pipe that nobody reads.</summary>
    private sealed class BlockedStream : MemoryStream
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public MemoryStream Written { get; } = new();

        public void Open() => _open.TrySetResult();

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _open.Task;
            Written.Write(buffer.Span);
        }
    }
}
