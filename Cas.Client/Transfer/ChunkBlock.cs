using System.Buffers;
using Cas.Client.Hashing;

namespace Cas.Client.Transfer;

/// <summary>Chunks of a file that lie one after the other in a pooled buffer.</summary>
internal sealed class ChunkBlock(byte[] buffer)
{
    private readonly List<MerkleNode> _chunks = [];

    /// <summary>Hash and length of each.</summary>
    public IReadOnlyList<MerkleNode> Chunks => _chunks;

    /// <summary>Where the next chunk starts.</summary>
    public int Length { get; private set; }

    /// <summary>Their bytes.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, Length);

    /// <summary>Hashes the next bytes of the buffer as a chunk.</summary>
    public void Add(int length)
    {
        _chunks.Add(new MerkleNode(XetHash.Chunk(buffer.AsSpan(Length, length)), (ulong)length));
        Length += length;
    }

    /// <summary>Copies a chunk behind the others. False, with nothing changed, if there is no room.</summary>
    public bool TryAdd(MerkleNode chunk, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(buffer.AsSpan(Length)))
        {
            return false;
        }

        _chunks.Add(chunk);
        Length += bytes.Length;
        return true;
    }

    /// <summary>Forgets all chunks.</summary>
    public void Clear()
    {
        _chunks.Clear();
        Length = 0;
    }

    /// <summary>Gives the buffer back; nobody else has it any more.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(buffer);
}
