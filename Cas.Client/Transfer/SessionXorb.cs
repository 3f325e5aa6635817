using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>
/// A xorb that a session fills. Chunks have their places in it before they are written, so that later ones of the same
/// hash find them. Places are given by one thread; another may write and publish meanwhile.
/// </summary>
internal sealed class SessionXorb(int number, UploadLimits limits)
{
    private readonly Dictionary<MerkleHash, uint> _first = [];
    private readonly List<MerkleHash> _chunks = [];
    private long _bytes;

    // Set by the thread that writes, after the store knows the chunks; the other one looks there afterwards.
    private volatile bool _isPublished;

    /// <summary>Which xorb of the session it is.</summary>
    public int Number => number;

    /// <summary>Bytes that it has at most, headers included.</summary>
    public long Bytes => _bytes;

    /// <summary>Whether the store finds its chunks.</summary>
    public bool IsPublished => _isPublished;

    /// <summary>Where a chunk is in it first; null if it is not.</summary>
    public SessionPlace? Find(MerkleHash hash) =>
        _first.TryGetValue(hash, out var index) ? new SessionPlace(default, number, index) : null;

    /// <summary>Whether a place in it has been given to this chunk.</summary>
    public bool Holds(uint index, MerkleHash hash) => index < _chunks.Count && _chunks[(int)index] == hash;

    /// <summary>Gives a new chunk its place; null if there is no room.</summary>
    public SessionPlace? TryPlace(MerkleNode chunk)
    {
        // A record is never longer than chunk and header: what has room so has room however well it compresses.
        var bytes = _bytes + (long)chunk.Length + ChunkHeader.Bytes;
        if (_chunks.Count >= limits.XorbChunksMax || (bytes > limits.XorbBytesMax && _chunks.Count > 0))
        {
            return null;
        }

        _bytes = bytes;
        var index = (uint)_chunks.Count;
        _chunks.Add(chunk.Hash);
        _first.TryAdd(chunk.Hash, index);
        return new SessionPlace(default, number, index);
    }

    /// <summary>The store finds its chunks.</summary>
    public void SetPublished() => _isPublished = true;
}
