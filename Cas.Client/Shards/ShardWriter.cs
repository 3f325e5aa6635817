using System.Buffers.Binary;

namespace Cas.Client.Shards;

/// <summary>Writes one shard front to back; the entries come sorted by hash.</summary>
internal sealed class ShardWriter(Stream output, ShardForm form)
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly List<Row> _rows = [];
    private int _held;
    private long _written;

    /// <summary>Length of what was written and is still held.</summary>
    private ulong Position => (ulong)(_written + _held);

    /// <summary>Writes all of it.</summary>
    public void Write(ReadOnlySpan<ShardFile> files, ReadOnlySpan<ShardXorb> xorbs)
    {
        WriteHeader();
        var filesOffset = Position;
        var fileRows = WriteFiles(files);
        var xorbsOffset = Position;
        var xorbRows = WriteXorbs(xorbs);
        if (form.HasFooter)
        {
            var footer = new ShardFooter
            {
                FilesOffset = filesOffset,
                XorbsOffset = xorbsOffset,
                FileTable = WriteTable(fileRows, hasChunkIndex: false),
                XorbTable = WriteTable(xorbRows, hasChunkIndex: false),
                ChunkTable = WriteTable(_rows, hasChunkIndex: true),
                Key = form.Key,
                CreatedSeconds = form.CreatedSeconds,
                KeyExpirySeconds = form.KeyExpirySeconds,
                RecordBytes = Sum(xorbs, xorb => xorb.RecordBytes),
                FileBytes = Sum(files, file => file.Length),
                ChunkBytes = Sum(xorbs, xorb => xorb.Length),
            };
            (footer with { Offset = Position }).Write(Take(ShardFormat.FooterBytes));
        }

        Flush();
    }

    private void WriteHeader()
    {
        var header = Take(ShardFormat.RecordBytes);
        ShardFormat.Tag.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], ShardFormat.HeaderVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], form.HasFooter ? (ulong)ShardFormat.FooterBytes : 0);
    }

    private List<Row> WriteFiles(ReadOnlySpan<ShardFile> files)
    {
        var rows = new List<Row>(files.Length);
        var index = 0;
        foreach (var file in files)
        {
            rows.Add(new Row(file.Hash.A, (uint)index, 0));
            index += WriteFile(file);
        }

        Put(ShardRecord.End);
        return rows;
    }

    /// <summary>Writes a file; how many records that took.</summary>
    private int WriteFile(ShardFile file)
    {
        var flags = (file.RangeHashes is null ? 0 : ShardFormat.FileHasVerification) |
            (file.Sha256 is null ? 0 : ShardFormat.FileHasMetadata);
        Put(new ShardRecord(file.Hash, flags, (uint)file.Terms.Length, 0, 0));
        foreach (var term in file.Terms)
        {
            Put(ShardRecord.Of(term));
        }

        MerkleHash[] ranges = file.RangeHashes ?? [];
        foreach (var range in ranges)
        {
            Put(new ShardRecord(range, 0, 0, 0, 0));
        }

        if (file.Sha256 is { } sha256)
        {
            Put(new ShardRecord(sha256, 0, 0, 0, 0));
        }

        return 1 + file.Terms.Length + ranges.Length + (file.Sha256 is null ? 0 : 1);
    }

    private List<Row> WriteXorbs(ReadOnlySpan<ShardXorb> xorbs)
    {
        var rows = new List<Row>(xorbs.Length);
        var index = 0u;
        foreach (var xorb in xorbs)
        {
            rows.Add(new Row(xorb.Hash.A, index, 0));
            Put(new ShardRecord(xorb.Hash, 0, (uint)xorb.Chunks.Length, xorb.Length, xorb.RecordBytes));
            for (var i = 0u; i < xorb.Chunks.Length; i++)
            {
                var chunk = xorb.Chunks[i];
                var hash = ShardKey.Apply(form.Key, chunk.Hash);
                Put(ShardRecord.Of(chunk with { Hash = hash }));
                if (form.HasTables)
                {
                    _rows.Add(new Row(hash.A, index, i));
                }
            }

            index += 1 + (uint)xorb.Chunks.Length;
        }

        Put(ShardRecord.End);
        return rows;
    }

    private ShardTable WriteTable(List<Row> rows, bool hasChunkIndex)
    {
        var offset = Position;
        if (!form.HasTables)
        {
            return new ShardTable(offset, 0);
        }

        rows.Sort();
        foreach (var row in rows)
        {
            var bytes = Take(hasChunkIndex ? ShardFormat.ChunkRowBytes : ShardFormat.RowBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, row.Word);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], row.RecordIndex);
            if (hasChunkIndex)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], row.ChunkIndex);
            }
        }

        return new ShardTable(offset, (ulong)rows.Count);
    }

    private static ulong Sum<T>(ReadOnlySpan<T> entries, Func<T, ulong> length)
    {
        var sum = 0UL;
        foreach (var entry in entries)
        {
            sum += length(entry);
        }

        return sum;
    }

    private void Put(in ShardRecord record) => record.Write(Take(ShardFormat.RecordBytes));

    private Span<byte> Take(int length)
    {
        if (_held + length > BufferBytes)
        {
            Flush();
        }

        _held += length;
        return _buffer.AsSpan(_held - length, length);
    }

    private void Flush()
    {
        output.Write(_buffer.AsSpan(0, _held));
        _written += _held;
        _held = 0;
    }

    /// <summary>A row of a table, ordered by its word and then by where it points.</summary>
    private readonly record struct Row(ulong Word, uint RecordIndex, uint ChunkIndex) : IComparable<Row>
    {
        public int CompareTo(Row other)
        {
            var order = Word.CompareTo(other.Word);
            order = order != 0 ? order : RecordIndex.CompareTo(other.RecordIndex);
            return order != 0 ? order : ChunkIndex.CompareTo(other.ChunkIndex);
        }
    }
}
