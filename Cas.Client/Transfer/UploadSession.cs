using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores chunks of one or more files, each chunk once: what the store or this session has is not written again. Their
/// places are known when <see cref="CloseXorb"/> returns. Files are there when <see cref="Commit"/> returns, and not
/// before; a xorb is on stable storage before any shard names it. Not for use by several threads.
/// </summary>
internal sealed class UploadSession(IUploadTarget target, UploadLimits limits) : IDisposable
{
    private readonly List<MerkleHash> _xorbs = [];

    // Chunks of the xorb that is open; those of earlier ones are found in the store.
    private readonly Dictionary<MerkleHash, uint> _open = [];
    private ShardBuilder _shard = new();
    private IXorbOutput? _output;
    private XorbWriter? _writer;

    /// <summary>Begins a file; files may be added to by turns.</summary>
    public SessionFile StartFile()
    {
        _writer?.StartFile();
        return new SessionFile(_xorbs);
    }

    /// <summary>Adds chunks to a file.</summary>
    public void Add(SessionFile file, ChunkBlock block)
    {
        var rest = block.Bytes;
        foreach (var chunk in block.Chunks)
        {
            var bytes = rest[..(int)chunk.Length];
            file.Add(chunk, Place(file, chunk.Hash, bytes));
            rest = rest[bytes.Length..];
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
        _writer.Dispose();
        _output.Dispose();
        (_writer, _output) = (null, null);
        _open.Clear();
        _xorbs.Add(written.Index.Xorb);
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
                PublishShard();
                Require(_shard.TryAdd(file));
            }
        }

        PublishShard();
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _output?.Dispose();
    }

    private SessionPlace Place(SessionFile file, MerkleHash hash, ReadOnlySpan<byte> bytes)
    {
        if (file.Continuation is { Number: SessionPlace.NoNumber } next &&
            target.Holds(new ChunkPlace(next.Stored, next.Index), hash, bytes))
        {
            return next;
        }

        if (_open.TryGetValue(hash, out var index))
        {
            return new SessionPlace(default, _xorbs.Count, index);
        }

        return target.Find(hash, bytes) is { } stored ? SessionPlace.In(stored) : Write(hash, bytes);
    }

    private SessionPlace Write(MerkleHash hash, ReadOnlySpan<byte> bytes)
    {
        if (_writer is not null &&
            (_writer.Count >= limits.XorbChunksMax || _writer.ChunkBytes + bytes.Length > limits.XorbBytesMax))
        {
            CloseXorb();
        }

        if (!Writer().TryAdd(hash, bytes))
        {
            CloseXorb();
            Require(Writer().TryAdd(hash, bytes));
        }

        var index = (uint)_writer!.Count - 1;
        _open.Add(hash, index);
        return new SessionPlace(default, _xorbs.Count, index);
    }

    private XorbWriter Writer()
    {
        _output ??= target.CreateXorb();
        return _writer ??= new XorbWriter(_output.Stream);
    }

    private void PublishShard()
    {
        if (_shard.Files.Count + _shard.Xorbs.Count > 0)
        {
            target.PublishShard(_shard);
            _shard = new ShardBuilder();
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
