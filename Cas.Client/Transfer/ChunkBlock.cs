using System.Buffers;
using System.Runtime.InteropServices;
using Cas.Client.Hashing;

namespace Cas.Client.Transfer;

/// <summary>Chunks of a file that lie one after the other in a pooled buffer. Used by one thread at a time.</summary>
internal sealed class ChunkBlock(byte[] buffer)
{
    private readonly List<MerkleNode> _chunks = [];

    /// <summary>Hash and length of each; hashes of chunks that were cut here are known after <see cref="Hash"/>.</summary>
    public ReadOnlySpan<MerkleNode> Chunks => CollectionsMarshal.AsSpan(_chunks);

    /// <summary>Where the next chunk starts.</summary>
    public int Length { get; private set; }

    /// <summary>Their bytes, until they are packed into records.</summary>
    public Memory<byte> Bytes => buffer.AsMemory(0, Length);

    /// <summary>Cuts the next bytes of the buffer off as a chunk.</summary>
    public void Add(int length)
    {
        _chunks.Add(new MerkleNode(default, (ulong)length));
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

    /// <summary>Hashes all chunks.</summary>
    public void Hash()
    {
        var rest = (ReadOnlySpan<byte>)buffer;
        foreach (ref var chunk in CollectionsMarshal.AsSpan(_chunks))
        {
            var length = (int)chunk.Length;
            chunk = new MerkleNode(XetHash.Chunk(rest[..length]), chunk.Length);
            rest = rest[length..];
        }
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
