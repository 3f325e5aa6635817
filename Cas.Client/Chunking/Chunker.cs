namespace Cas.Client.Chunking;

/// <summary>
/// Cuts content into chunks where its bytes say so: equal bytes since the last cut give equal cuts, however they
/// come in pieces. A mutable value: pass it by reference.
/// </summary>
internal struct Chunker
{
    // The hash remembers 64 bytes, and the first test is behind byte 8192: what lies further in front is not mixed in.
    private const int SkipBytes = ChunkLimits.MinBytes - GearScan.WindowBytes - 1;

    private ulong _hash;

    /// <summary>Bytes of the open chunk so far.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// Takes bytes up to the next cut, or all of them. Call again with the rest; at the end of the content, what is
    /// open is the last chunk.
    /// </summary>
    /// <param name="data">Bytes that follow those taken so far.</param>
    /// <param name="isCut">Whether a chunk ends behind the last byte taken; the next one is open then.</param>
    /// <returns>Count of bytes taken; all of <paramref name="data"/> if there is no cut.</returns>
    public int Take(ReadOnlySpan<byte> data, out bool isCut)
    {
        var start = Length;
        Length += Math.Min(data.Length, Math.Max(SkipBytes - Length, 0));

        var untested = data[(Length - start)..];
        untested = untested[..Math.Min(untested.Length, Math.Max(ChunkLimits.MinBytes - 1 - Length, 0))];
        _hash = GearScan.Mix(_hash, untested);
        Length += untested.Length;

        var tested = data[(Length - start)..];
        tested = tested[..Math.Min(tested.Length, ChunkLimits.MaxBytes - Length)];
        var end = GearScan.FindEnd(ref _hash, tested);
        Length += end == 0 ? tested.Length : end;

        var taken = Length - start;
        isCut = end != 0 || Length == ChunkLimits.MaxBytes;
        if (isCut)
        {
            Restart();
        }

        return taken;
    }

    /// <summary>Opens a chunk at the next byte.</summary>
    public void Restart()
    {
        Length = 0;
        _hash = 0;
    }

    /// <summary>Length of the first chunk of <paramref name="content"/>, all of it if nothing cuts it.</summary>
    public static int FirstLength(ReadOnlySpan<byte> content) => default(Chunker).Take(content, out _);
}
