namespace Cas.Client.Composition;

/// <summary>Places of chunks in order, taken in portions. Throws <see cref="CasException"/> if they do not fit.</summary>
internal sealed class RunReader(IReadOnlyList<ChunkRun> runs)
{
    private int _index;
    private uint _taken;

    /// <summary>Whether all were taken.</summary>
    public bool IsAtEnd => _index == runs.Count;

    /// <summary>The next places, consecutive ones of one xorb.</summary>
    public ChunkRun Take(uint countMax)
    {
        if (IsAtEnd || runs[_index].Start >= runs[_index].End)
        {
            throw new CasException(CasError.Corrupt, "there are places for fewer chunks than a composed file has");
        }

        var run = runs[_index];
        var start = run.Start + _taken;
        var count = Math.Min(countMax, run.End - start);
        _taken += count;
        if (start + count == run.End)
        {
            _index++;
            _taken = 0;
        }

        return new ChunkRun(run.Xorb, start, start + count);
    }
}
