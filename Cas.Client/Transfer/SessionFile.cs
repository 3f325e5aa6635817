using Cas.Client.Composition;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;

namespace Cas.Client.Transfer;

/// <summary>Where a chunk of a session is: in a stored xorb, or in one of the session's own, by its number.</summary>
internal readonly record struct SessionPlace(MerkleHash Stored, int Number, uint Index)
{
    /// <summary>The number of places in stored xorbs.</summary>
    public const int NoNumber = -1;

    public static SessionPlace In(ChunkPlace place) => new(place.Xorb, NoNumber, place.Index);

    /// <summary>The place behind this one.</summary>
    public SessionPlace Next => this with { Index = Index + 1 };
}

/// <summary>
/// The terms of a file that is being uploaded, or of the new chunks of one. The session that stores it fills
/// <paramref name="xorbs"/> with the names of its xorbs. Not for use by several threads.
/// </summary>
internal sealed class SessionFile(IReadOnlyList<MerkleHash> xorbs)
{
    private readonly List<Term> _terms = [];
    private readonly List<MerkleHash> _rangeHashes = [];
    private readonly MerkleBuilder _merkle = new();
    private readonly RangeHasher _range = new();
    private ulong _length;
    private MerkleHash _last;

    /// <summary>How many chunks at its end are equal.</summary>
    public long Copies { get; private set; }

    /// <summary>What it became; known when it has ended.</summary>
    public ContentId Content { get; private set; }

    /// <summary>The place that would go on with the last term; null at the start.</summary>
    public SessionPlace? Continuation =>
        _terms.Count == 0 ? null : _terms[^1].First with { Index = _terms[^1].First.Index + _terms[^1].Count };

    /// <summary>Whether it ends with this chunk.</summary>
    public bool EndsWith(MerkleNode chunk) => Copies > 0 && _last == chunk.Hash;

    /// <summary>Adds the next chunk.</summary>
    public void Add(MerkleNode chunk, SessionPlace place)
    {
        Copies = EndsWith(chunk) ? Copies + 1 : 1;
        _last = chunk.Hash;
        _merkle.Append(chunk);
        _length += chunk.Length;
        var last = _terms.Count == 0 ? default : _terms[^1];
        if (last.Count is > 0 and < FileRecipe.TermChunksMax && Continuation == place)
        {
            _terms[^1] = last with { Count = last.Count + 1, Length = last.Length + (uint)chunk.Length };
        }
        else
        {
            EndTerm();
            _terms.Add(new Term(place, 1, (uint)chunk.Length));
        }

        _range.Append(chunk.Hash);
    }

    /// <summary>No chunk follows.</summary>
    public void End()
    {
        EndTerm();
        Content = new ContentId(XetHash.File(_merkle.Finish()), _length);
    }

    /// <summary>Where the chunks are, in order, once the session's xorbs have names.</summary>
    public IReadOnlyList<ChunkRun> ToRuns() => _terms.ConvertAll(
        term => new ChunkRun(XorbOf(term), term.First.Index, term.First.Index + term.Count));

    /// <summary>The entry for a shard, once the file has ended and the session's xorbs have names.</summary>
    public ShardFile ToShardFile()
    {
        var terms = _terms.ConvertAll(term => new ShardTerm(
            XorbOf(term), term.Length, term.First.Index, term.First.Index + term.Count));
        return new ShardFile(Content.Hash, [.. terms]) { RangeHashes = [.. _rangeHashes] };
    }

    private MerkleHash XorbOf(Term term) =>
        term.First.Number == SessionPlace.NoNumber ? term.First.Stored : xorbs[term.First.Number];

    private void EndTerm()
    {
        if (_terms.Count > _rangeHashes.Count)
        {
            _rangeHashes.Add(_range.Finish());
        }
    }

    private readonly record struct Term(SessionPlace First, uint Count, uint Length);
}
