using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Nfs.Server.Logging;

/// <summary>
/// Writes log lines to a stream, which it owns, from one task of its own, so that a reader who does not read (a full
/// pipe) stalls nobody who logs. What does not fit the queue is dropped and counted. Dispose writes what is queued, for
/// a bounded time.
/// </summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private const int QueuedLinesMax = 4096;
    private static readonly TimeSpan s_closeMax = TimeSpan.FromSeconds(2);

    private readonly Stream _stream;
    private readonly LogFormat _format;
    private readonly TimeProvider _clock;
    private readonly Channel<LogLine> _queue = Channel.CreateBounded<LogLine>(
        new BoundedChannelOptions(QueuedLinesMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _writer;
    private long _droppedCount;

    public LineLoggerProvider(Stream stream, LogFormat format, TimeProvider clock)
    {
        _stream = stream;
        _format = format;
        _clock = clock;
        _writer = Task.Run(WriteAllAsync);
    }

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        if (_writer.Wait(s_closeMax))
        {
            _stream.Dispose();
        }
    }

    private void Enqueue(LogLine line)
    {
        if (!_queue.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _droppedCount);
        }
    }

    private async Task WriteAllAsync()
    {
        await foreach (var line in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await _stream.WriteAsync(line.Encode(_format)).ConfigureAwait(false);
                if (Interlocked.Exchange(ref _droppedCount, 0) is > 0 and var count)
                {
                    await _stream.WriteAsync(Dropped(count).Encode(_format)).ConfigureAwait(false);
                }
            }
            catch (IOException)
            {
                // Nobody reads any more; the gateway goes on without a log.
            }
        }
    }

    private LogLine Dropped(long count) => new(
        _clock.GetUtcNow(), LogLevel.Warning, typeof(LineLoggerProvider).FullName!, default,
        $"{count} log lines were dropped because they could not be written fast enough", [], null);

    // The values may change, or be used again, once the call that logs returns: they become text at once.
    private static KeyValuePair<string, string?>[] FieldsOf<TState>(TState state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> values
            ? [.. values.Select(field => KeyValuePair.Create(
                field.Key, Convert.ToString(field.Value, CultureInfo.InvariantCulture)))]
            : [];

    private sealed class LineLogger(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Enqueue(new LogLine(
                    owner._clock.GetUtcNow(), logLevel, category, eventId, formatter(state, exception),
                    owner._format == LogFormat.Json ? FieldsOf(state) : [], exception));
            }
        }
    }
}
