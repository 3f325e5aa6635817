using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Local;

/// <summary>Puts xorbs and shards into their directories, and then into the index.</summary>
internal sealed class LocalUploadTarget(
    ContentDirectory directory,
    ContentIndex index,
    RecipeTable recipes,
    LeaseCache<MerkleHash, OpenXorb> xorbs,
    TimeProvider time)
    : IUploadTarget
{
    private readonly ShardPublisher _shards = new(directory, index, time);

    public void Find(ReadOnlySpan<MerkleNode> chunks, bool isStart, Span<ChunkPlace?> places) =>
        index.FindChunks(chunks, places);

    public bool Holds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            using var lease = xorbs.Borrow(place.Xorb);
            return lease.Value.Holds(place.Index, chunk, bytes, scratch);
        }
        catch (Exception e) when (e is IOException or CasException { Error: CasError.Corrupt })
        {
            // What cannot be read is not there: the chunk is written anew.
            xorbs.Forget(place.Xorb);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    public bool HasFile(ShardFile file)
    {
        try
        {
            return recipes.Find(file.Hash)?.IsMadeAs(file) == true && IsNew(file.Hash);
        }
        catch (Exception e) when (e is IOException or CasException { Error: CasError.Corrupt })
        {
            return false;
        }
    }

    public IXorbOutput CreateXorb() => new XorbOutput(this, directory.CreateUnpublished());

    public void PublishShard(ShardBuilder shard)
    {
        _shards.Publish(shard);
        foreach (var file in shard.Files)
        {
            recipes.Forget(file.Hash);
        }
    }

    /// <summary>
    /// Whether the shard of a file says that it was stored just now. Content is kept for a time after it was stored: an
    /// old one that is stored again gets a new entry.
    /// </summary>
    private bool IsNew(MerkleHash file) =>
        index.FindFile(file) is { } row && directory.ShardWrittenAt(row.Shard) > time.GetUtcNow() - StoreAge.Slack;

    private void Publish(UnpublishedFile file, WrittenXorb xorb)
    {
        var hash = xorb.Index.Xorb;
        directory.Publish(file, directory.PathOfXorb(hash));

        // Readers may have a damaged file of this name open.
        xorbs.Forget(hash);
        index.AddXorb(hash, xorb.Index.Hashes);
    }

    private sealed class XorbOutput(LocalUploadTarget owner, UnpublishedFile file) : IXorbOutput
    {
        private readonly AppendStream _stream = new(file);

        public Stream Stream => _stream;

        public void Publish(WrittenXorb xorb) => owner.Publish(file, xorb);

        public void Dispose()
        {
            _stream.Dispose();
            file.Dispose();
        }
    }
}
