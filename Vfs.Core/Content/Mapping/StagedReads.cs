using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>
/// The reads of one content whose bytes are still in its staging file. They are added under the content's lock, so who
/// holds that sees all there can be.
/// <para>Lock: its own, a leaf; nothing is copied under it.</para>
/// </summary>
internal sealed class StagedReads
{
    /// <summary>The place of a read that is not here.</summary>
    public const int Nowhere = -1;

    private readonly Lock _gate = new();
    private readonly List<StagedBytes> _reads = [];     // Guarded by _gate.

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _reads.Count == 0;
            }
        }
    }

    /// <summary>Begins a read; under the content's lock. The caller disposes it.</summary>
    public StagedBytes AddLocked(StagingFile staging, ByteRange range, ulong size)
    {
        var read = new StagedBytes(this, staging, range, size);
        lock (_gate)
        {
            read.Place = _reads.Count;
            _reads.Add(read);
        }

        return read;
    }

    /// <summary>The read has its bytes, or wants none.</summary>
    public void Remove(StagedBytes read)
    {
        lock (_gate)
        {
            if (read.Place == Nowhere)
            {
                return;
            }

            var last = _reads[^1];
            last.Place = read.Place;
            _reads[read.Place] = last;
            _reads.RemoveAt(_reads.Count - 1);
            read.Place = Nowhere;
        }
    }

    /// <summary>
    /// Has the reads of a range copied, because their bytes are about to change. One that the disk does not give fails,
    /// and not its writer. Under the content's lock.
    /// </summary>
    public void SaveLocked(ByteRange range)
    {
        List<StagedBytes>? touched = null;
        lock (_gate)
        {
            foreach (var read in _reads)
            {
                if (!read.Range.Intersect(range).IsEmpty)
                {
                    (touched ??= []).Add(read);
                }
            }
        }

        touched?.ForEach(read => read.Load());
    }
}
