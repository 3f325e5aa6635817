using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores chunks of one or more files, each chunk once: what the store or this session has is not written again. Their
/// places are known when <see cref="CloseXorb"/> returns. Files are there when <see cref="Commit"/> returns, and not
/// before; a xorb is on stable storage before any shard names it. With <paramref name="isAnew"/>, every chunk is
/// written, next to the one before it. One thread at a time may place chunks, and another one write meanwhile.
/// </summary>
internal sealed class UploadSession(IUploadTarget target, UploadLimits limits, bool isAnew = false) : IDisposable
{
    private readonly ChunkPlacer _placer = new(target, limits, isAnew);
    private readonly List<MerkleHash> _xorbs = [];
    private ShardBuilder _shard = new(limits.ShardBytesMax);

    // The xorb that is being written.
    private SessionXorb? _xorb;
    private IXorbOutput? _output;
    private XorbWriter? _writer;

    /// <summary>Begins a file; files may be added to by turns.</summary>
    public SessionFile StartFile() => new(_xorbs);

    /// <summary>Places, packs and writes the next chunks of a file.</summary>
    public void Add(SessionFile file, ChunkBlock block)
    {
        var records = Place(file, block);
        records.Pack();
        Write(records);
    }

    /// <summary>Gives the next chunks of a file their places. What is new of them is to be packed and written.</summary>
    public BlockRecords Place(SessionFile file, ChunkBlock block) => _placer.Place(file, block);

    /// <summary>Writes packed records, in the order in which they were placed.</summary>
    public void Write(BlockRecords records)
    {
        foreach (ref readonly var record in records.Records)
        {
            if (_xorb != record.Xorb)
            {
                CloseXorb();
                _xorb = record.Xorb;
                _output = target.CreateXorb();
                _writer = new XorbWriter(_output.Stream);
            }

            if (!_writer!.TryAppend(record.Hash, record.Header, records.PayloadOf(record)))
            {
                throw new InvalidOperationException("a xorb has no room for a chunk that has a place in it");
            }
        }
    }

    /// <summary>Puts the chunks so far on stable storage: all of them have places.</summary>
    public void CloseXorb()
    {
        if (_writer is null)
        {
            return;
        }

        var written = _writer.Finish(hasFooter: true);
        _output!.Publish(written);
        _output.Dispose();
        _xorbs.Add(written.Index.Xorb);
        _xorb!.SetPublished();
        (_xorb, _writer, _output) = (null, null, null);
        var entry = EntryOf(written.Index);
        if (!_shard.TryAdd(entry))
        {
            PublishShard();
            Require(_shard.TryAdd(entry));
        }
    }

    /// <summary>Makes files known, on stable storage, that are made of chunks with places.</summary>
    public void Commit(IEnumerable<ShardFile> files)
    {
        foreach (var file in files.DistinctBy(file => file.Hash))
        {
            if (!target.HasFile(file) && !_shard.TryAdd(file))
            {
                // One file is never divided: it may take a shard as long as the format allows.
                PublishShard();
                _shard = new ShardBuilder();
                Require(_shard.TryAdd(file));
            }
        }

        PublishShard();
    }

    public void Dispose() => _output?.Dispose();

    private void PublishShard()
    {
        if (_shard.Files.Count + _shard.Xorbs.Count > 0)
        {
            target.PublishShard(_shard);
            _shard = new ShardBuilder(limits.ShardBytesMax);
        }
    }

    private static ShardXorb EntryOf(XorbIndex index)
    {
        var chunks = new ShardChunk[index.Count];
        for (var i = 0; i < chunks.Length; i++)
        {
            chunks[i] = new ShardChunk(
                index.Hashes[i], index.Layout.ChunkOffset(i), (uint)index.Layout.ChunkLength(i));
        }

        return new ShardXorb(index.Xorb, chunks)
        {
            Length = index.Layout.ChunkBytes, RecordBytes = index.Layout.RecordBytes,
        };
    }

    private static void Require(bool fits)
    {
        if (!fits)
        {
            throw new CasException(CasError.Invalid, "the content has more pieces than one shard can name");
        }
    }
}
