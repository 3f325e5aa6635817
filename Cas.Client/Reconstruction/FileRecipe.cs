using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Reconstruction;

/// <summary>
/// How a file is made: a row of terms that follow each other. Immutable but for what <see cref="Check"/> remembers; may
/// be used from several threads at once.
/// </summary>
internal sealed class FileRecipe
{
    /// <summary>
    /// Most chunks in a term that is written here, about 4 MiB: who splits a term needs the hashes of all of its
    /// chunks, and who joins terms again stores them anew. Terms of 256 chunks cost five times as much to keep few.
    /// </summary>
    public const int TermChunksMax = 64;

    private readonly ShardFile _file;
    private readonly ulong[] _starts;

    // What a xorb holds follows from its name, so a term that was good stays good. Only ever set; who does not see that
    // checks once more.
    private readonly bool[] _isChecked;

    private FileRecipe(ShardFile file, ulong[] starts, ulong length)
    {
        _file = file;
        _starts = starts;
        _isChecked = new bool[starts.Length];
        Length = length;
    }

    /// <summary>Name of the file.</summary>
    public MerkleHash Hash => _file.Hash;

    /// <summary>Length of the file.</summary>
    public ulong Length { get; }

    /// <summary>What it is made of, in order.</summary>
    public ReadOnlySpan<ShardTerm> Terms => _file.Terms;

    /// <summary>Takes what a shard says; throws <see cref="CasException"/> if no file can be like that.</summary>
    public static FileRecipe From(ShardFile file)
    {
        var starts = new ulong[file.Terms.Length];
        var length = 0UL;
        for (var i = 0; i < starts.Length; i++)
        {
            var term = file.Terms[i];
            if (term.ChunkStart >= term.ChunkEnd || term.ChunkEnd > XorbLimits.ChunksMax || term.Length == 0)
            {
                throw new CasException(CasError.Corrupt, $"term {i} of file {file.Hash} is impossible");
            }

            starts[i] = length;
            length += term.Length;
        }

        return new FileRecipe(file, starts, length);
    }

    /// <summary>The entry of a shard.</summary>
    public ShardFile ToShardFile() => _file;

    /// <summary>Where a term starts in the file.</summary>
    public ulong StartOf(int termIndex) => _starts[termIndex];

    /// <summary>The hash over the chunk hashes of a term; null if it is not known.</summary>
    public MerkleHash? RangeHashOf(int termIndex) => _file.RangeHashes?[termIndex];

    /// <summary>The term that holds a byte; the byte is inside the file.</summary>
    public int IndexOf(ulong offset)
    {
        var found = Array.BinarySearch(_starts, offset);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Whether another recipe names the same chunks at the same places.</summary>
    public bool IsMadeAs(ShardFile other) => _file.Terms.AsSpan().SequenceEqual(other.Terms);

    /// <summary>
    /// Holds a term against its xorb: a damaged recipe must not give other chunks than it was made of. Throws
    /// <see cref="CasException"/>.
    /// </summary>
    public void Check(int termIndex, XorbIndex xorb)
    {
        if (_isChecked[termIndex])
        {
            return;
        }

        var term = Terms[termIndex];
        if (term.ChunkEnd > xorb.Count || LengthOf(xorb.Layout, term) != term.Length || !IsHashRight(termIndex, xorb))
        {
            throw new CasException(
                CasError.Corrupt,
                $"term {termIndex} of file {Hash} does not fit chunks {term.ChunkStart} to {term.ChunkEnd} of "
                + $"xorb {xorb.Xorb}");
        }

        _isChecked[termIndex] = true;
    }

    private static uint LengthOf(XorbLayout layout, ShardTerm term)
    {
        var last = (int)term.ChunkEnd - 1;
        return layout.ChunkOffset(last) + (uint)layout.ChunkLength(last) - layout.ChunkOffset((int)term.ChunkStart);
    }

    private bool IsHashRight(int termIndex, XorbIndex xorb)
    {
        if (RangeHashOf(termIndex) is not { } expected)
        {
            return true;
        }

        var term = Terms[termIndex];
        var hasher = new RangeHasher();
        foreach (var hash in xorb.Hashes[(int)term.ChunkStart..(int)term.ChunkEnd])
        {
            hasher.Append(hash);
        }

        return hasher.Finish() == expected;
    }
}
