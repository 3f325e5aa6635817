using Cas.Client.Shards;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Writes what lives in old shards into new ones, a few large for many small. A new shard is as old as the youngest
/// that it takes from, so that its files do not become younger.
/// </summary>
internal sealed class ShardMover(ContentDirectory directory, ShardPublisher publisher, SweepMark mark)
{
    /// <summary>Length of a new shard; memory holds one of them.</summary>
    public const int BytesTarget = 16 << 20;

    private readonly HashSet<MerkleHash> _written = [];
    private ShardBuilder _builder = new(BytesTarget);
    private DateTime _writtenAt;
    private bool _hasRanges;

    /// <summary>Names of the new shards.</summary>
    public IReadOnlySet<MerkleHash> Written => _written;

    /// <summary>Length of the new shards.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes what lives in a shard.</summary>
    public void Move(SweepShard from)
    {
        using var shard = OpenShard.Reopen(directory.Open(directory.PathOfShard(from.Name)));
        foreach (var entry in shard.Reader.Files())
        {
            if (mark.IsLive(from.Name, entry))
            {
                Move(shard.Reader.ReadFile(entry), from.WrittenAt);
            }
        }

        foreach (var entry in shard.Reader.Xorbs())
        {
            if (mark.IsLive(entry.Hash))
            {
                var xorb = shard.Reader.ReadXorb(entry);
                Add(builder => builder.TryAdd(xorb), from.WrittenAt);
            }
        }
    }

    /// <summary>Publishes what was taken last.</summary>
    public void Flush()
    {
        if (_builder.Files.Count + _builder.Xorbs.Count > 0)
        {
            var (name, bytes) = publisher.Publish(_builder, _writtenAt);
            Bytes += bytes;
            _written.Add(name);
        }

        _builder = new ShardBuilder(BytesTarget);
        _writtenAt = default;
    }

    private void Move(ShardFile file, DateTime writtenAt)
    {
        // The format has range hashes for all files of a shard, or for none.
        if (_builder.Files.Count > 0 && file.RangeHashes is null == _hasRanges)
        {
            Flush();
        }

        _hasRanges = file.RangeHashes is not null;
        Add(builder => builder.TryAdd(file), writtenAt);
    }

    private void Add(Func<ShardBuilder, bool> tryAdd, DateTime writtenAt)
    {
        if (!tryAdd(_builder))
        {
            Flush();
            if (!tryAdd(_builder))
            {
                // One file of very many terms; it came out of a shard, so it fits into the largest.
                _builder = new ShardBuilder();
                tryAdd(_builder);
            }
        }

        _writtenAt = writtenAt > _writtenAt ? writtenAt : _writtenAt;
    }
}
