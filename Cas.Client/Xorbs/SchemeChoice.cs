namespace Cas.Client.Xorbs;

/// <summary>
/// The scheme to try for each chunk of a xorb in order: decided on one chunk and kept for a run, because looking at
/// every chunk costs more than it gains. Not for use by several threads.
/// </summary>
internal sealed class SchemeChoice
{
    private CompressionScheme _scheme;
    private int _left;

    /// <summary>The scheme for the next chunk.</summary>
    public CompressionScheme Next(ReadOnlySpan<byte> chunk)
    {
        if (_left == 0)
        {
            _scheme = GroupingChoice.Of(chunk);
            _left = XorbLimits.ChunksPerChoice;
        }

        _left--;
        return _scheme;
    }

    /// <summary>Another file or xorb begins: its first chunk decides anew.</summary>
    public void Restart() => _left = 0;
}
