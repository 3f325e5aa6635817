using Cas.Client.Chunking;
using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>Reads old chunks whole, because that is how they are kept, and counts. Holds the last one.</summary>
internal sealed class OldChunkReader(ChunkMap basis, IOldBytes old)
{
    private readonly byte[] _buffer = new byte[ChunkLimits.MaxBytes];
    private long _index = -1;

    /// <summary>Bytes read.</summary>
    public ulong BytesRead { get; private set; }

    /// <summary>The bytes of a chunk, valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(MerklePlace chunk, CancellationToken cancellationToken)
    {
        if (chunk.Chunk.Length > ChunkLimits.MaxBytes)
        {
            throw new CasException(CasError.Corrupt, $"chunk {chunk.Chunk.Hash} is of {chunk.Chunk.Length} bytes");
        }

        var bytes = _buffer.AsMemory(0, (int)chunk.Chunk.Length);
        if (_index != chunk.Index)
        {
            _index = -1;
            await old.ReadAsync(basis.Locate(chunk), bytes, cancellationToken);
            BytesRead += chunk.Chunk.Length;
            _index = chunk.Index;
        }

        return bytes;
    }
}
