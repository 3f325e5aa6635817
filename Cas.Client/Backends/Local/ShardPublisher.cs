using Cas.Client.Formats;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local;

/// <summary>Puts shards into their directory, and then into the index.</summary>
internal sealed class ShardPublisher(ContentDirectory directory, ContentIndex index, TimeProvider time)
{
    /// <summary>
    /// Publishes a shard on stable storage; all that it names was published before. With <paramref name="writtenAt"/>,
    /// it is as old as that.
    /// </summary>
    public (MerkleHash Name, long Bytes) Publish(ShardBuilder shard, DateTime? writtenAt = null)
    {
        using var buffer = new MemoryStream((int)shard.Length);
        shard.WriteTo(buffer, ShardForm.Stored((ulong)time.GetUtcNow().ToUnixTimeSeconds()));
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        var name = OpenShard.NameOf(bytes.Span);
        using (var file = directory.CreateUnpublished())
        {
            file.Append(bytes.Span, 0);
            if (writtenAt is { } moment)
            {
                File.SetLastWriteTimeUtc(file.Handle, moment);
            }

            directory.Publish(file, directory.PathOfShard(name));
        }

        index.AddShard(name, ShardReader.Open(new MemoryBytes(bytes)));
        return (name, bytes.Length);
    }
}
