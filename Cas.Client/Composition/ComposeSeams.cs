using Cas.Client.Hashing;

namespace Cas.Client.Composition;

/// <summary>A chunk of a content and where it is kept.</summary>
/// <param name="Xorb">The xorb that has it.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Place">Its index and offset in the content, its hash and length.</param>
internal readonly record struct PlacedChunk(MerkleHash Xorb, uint Index, MerklePlace Place);

/// <summary>Consecutive chunks [<paramref name="Start"/>, <paramref name="End"/>) of one xorb.</summary>
internal readonly record struct ChunkRun(MerkleHash Xorb, uint Start, uint End);

/// <summary>The bytes of the content that is edited.</summary>
internal interface IOldBytes
{
    /// <summary>
    /// Fills <paramref name="destination"/>, which is as long as the chunk, with bytes verified against its hash.
    /// Throws <see cref="CasException"/> or IOException if it cannot. May be called again before it has completed.
    /// </summary>
    ValueTask ReadAsync(PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken);
}

/// <summary>Takes the chunks that an edit makes, in the order of the new content.</summary>
internal interface INewChunks
{
    /// <summary>Takes the next chunk. The bytes are borrowed until this completes.</summary>
    ValueTask AddAsync(MerkleNode chunk, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
