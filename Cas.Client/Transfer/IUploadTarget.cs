using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>Where a chunk is.</summary>
internal readonly record struct ChunkPlace(MerkleHash Xorb, uint Index);

/// <summary>
/// What an upload needs of a store. Methods block on the store, throw <see cref="CasException"/> and what its I/O
/// throws, and may be called from several threads at once.
/// </summary>
internal interface IUploadTarget
{
    /// <summary>Whether a xorb that is published now would be sent at once. Never of a store that nothing is sent to.</summary>
    bool IsIdle => false;

    /// <summary>
    /// Where the store may have each of some chunks; null for those that it does not have. They follow each other in a
    /// file, from its start on or not.
    /// </summary>
    void Find(ReadOnlySpan<MerkleNode> chunks, bool isStart, Span<ChunkPlace?> places);

    /// <summary>
    /// Whether a chunk is at a place. The new file will rest on it: the stored bytes are compared.
    /// </summary>
    bool Holds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes);

    /// <summary>Whether the store makes a file of these very terms already.</summary>
    bool HasFile(ShardFile file);

    /// <summary>Begins a xorb that nobody sees until it is published.</summary>
    IXorbOutput CreateXorb();

    /// <summary>Makes files known, on stable storage. All that they are made of was published before.</summary>
    void PublishShard(ShardBuilder shard);
}

/// <summary>A xorb that is being written; disposed without being published, it leaves nothing.</summary>
internal interface IXorbOutput : IDisposable
{
    /// <summary>Takes the bytes in order; borrowed until disposal.</summary>
    Stream Stream { get; }

    /// <summary>
    /// Makes the finished xorb known. It is on stable storage when a shard that names it has been published, and not
    /// always before.
    /// </summary>
    void Publish(WrittenXorb xorb);
}
