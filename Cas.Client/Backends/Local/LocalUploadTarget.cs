using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Local;

/// <summary>Puts xorbs and shards into their directories, and then into the index.</summary>
internal sealed class LocalUploadTarget(
    ContentDirectory directory, ContentIndex index, RecipeTable recipes, LeaseCache<MerkleHash, OpenXorb> xorbs, TimeProvider time)
    : IUploadTarget
{
    public ChunkPlace? Find(MerkleHash chunk, ReadOnlySpan<byte> bytes) =>
        index.FindChunk(chunk) is { } place && Holds(place, chunk, bytes) ? place : null;

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
            return recipes.Find(file.Hash)?.IsMadeAs(file) == true;
        }
        catch (Exception e) when (e is IOException or CasException { Error: CasError.Corrupt })
        {
            return false;
        }
    }

    public IXorbOutput CreateXorb() => new XorbOutput(this, directory.CreateUnpublished());

    public void PublishShard(ShardBuilder shard)
    {
        using var buffer = new MemoryStream((int)shard.Length);
        shard.WriteTo(buffer, ShardForm.Stored((ulong)time.GetUtcNow().ToUnixTimeSeconds()));
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        var name = OpenShard.NameOf(bytes.Span);
        using (var file = directory.CreateUnpublished())
        {
            file.Append(bytes.Span, 0);
            directory.Publish(file, directory.PathOfShard(name));
        }

        index.AddShard(name, ShardReader.Open(new MemoryBytes(bytes)));
        foreach (var file in shard.Files)
        {
            recipes.Forget(file.Hash);
        }
    }

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
