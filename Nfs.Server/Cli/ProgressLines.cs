using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>
/// Progress where there is no terminal: a line every few seconds, so that short commands print none. The lock guards
/// the count and the order of the lines.
/// </summary>
internal sealed class ProgressLines(string title, ulong bytesTotal, TextWriter error, TimeProvider clock)
{
    /// <summary>Time from one line to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long _printed = clock.GetTimestamp(); // Guarded by _gate.
    private ulong _bytes; // Guarded by _gate.

    /// <summary>Counts bytes that are done.</summary>
    public void Add(ulong bytes)
    {
        lock (_gate)
        {
            _bytes += bytes;
            if (clock.GetElapsedTime(_printed) >= Interval)
            {
                _printed = clock.GetTimestamp();
                error.WriteLine($"{title}: {ByteSize.Format(_bytes)} of {ByteSize.Format(bytesTotal)}");
            }
        }
    }
}
