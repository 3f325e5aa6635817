using System.Buffers;
using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>
/// Checks that lookup tables are sorted and complete: as many rows as entries, each row at an entry that it stands
/// for, no two at the same one.
/// </summary>
internal static class ShardTableCheck
{
    /// <summary>Throws <see cref="ShardDamageException"/>. Tables may be absent.</summary>
    public static void Verify(IRandomBytes bytes, ShardSections sections, ShardFooter footer)
    {
        if (footer.FileTable.Count > 0)
        {
            VerifyEntries(bytes, sections.Files, footer.FileTable, isFiles: true);
        }

        if (footer.XorbTable.Count > 0)
        {
            VerifyEntries(bytes, sections.Xorbs, footer.XorbTable, isFiles: false);
        }

        if (footer.ChunkTable.Count > 0)
        {
            VerifyChunks(bytes, sections.Xorbs, footer.ChunkTable);
        }
    }

    private static void VerifyEntries(IRandomBytes bytes, ShardSection section, ShardTable table, bool isFiles)
    {
        var rows = new RowReader(bytes, table, ShardFormat.RowBytes);
        var count = (int)table.Count;
        var pointed = ArrayPool<uint>.Shared.Rent(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var (word, index, _) = rows.Next();
                var isEntry = ShardScan.TryRead(bytes, section, isFiles, index, out var entry);
                rows.Require(isEntry && entry.Hash.A == word);
                pointed[i] = index;
            }

            // The entries in order of their place must be exactly those that rows point at.
            pointed.AsSpan(0, count).Sort();
            var next = 0L;
            foreach (var index in pointed.AsSpan(0, count))
            {
                rows.Require(index == next && ShardScan.TryRead(bytes, section, isFiles, next, out _));
                ShardScan.TryRead(bytes, section, isFiles, next, out var entry);
                next += entry.RecordCount;
            }

            rows.Require(!ShardScan.TryRead(bytes, section, isFiles, next, out _));
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(pointed);
        }
    }

    private static void VerifyChunks(IRandomBytes bytes, ShardSection xorbs, ShardTable table)
    {
        var rows = new RowReader(bytes, table, ShardFormat.ChunkRowBytes);
        var (entries, index) = (0L, 0L);
        while (ShardScan.TryRead(bytes, xorbs, isFiles: false, index, out var xorb))
        {
            (entries, index) = (entries + xorb.ItemCount, index + xorb.RecordCount);
        }

        rows.Require((long)table.Count == entries);
        var before = (Word: 0UL, Record: 0u, Chunk: 0u);
        for (var i = 0L; i < entries; i++)
        {
            var (word, record, chunk) = rows.Next();
            rows.Require(i == 0 || (word, record, chunk).CompareTo(before) != 0);
            before = (word, record, chunk);
            rows.Require(ShardScan.TryRead(bytes, xorbs, isFiles: false, record, out var xorb));
            rows.Require(chunk < xorb.Head.Second);
            rows.Require(ShardRecord.ReadAt(bytes, xorbs.OffsetOf(record + 1L + chunk)).Hash.A == word);
        }
    }

    /// <summary>Reads the rows of a table in order.</summary>
    private struct RowReader(IRandomBytes bytes, ShardTable table, int rowBytes)
    {
        private readonly ShardLookup _lookup = new(bytes, table, rowBytes);
        private long _next;
        private ulong _before;

        public (ulong Word, uint Record, uint Chunk) Next()
        {
            Require(_lookup.TryRead(_next, out var word, out var record, out var chunk) && word >= _before);
            (_next, _before) = (_next + 1, word);
            return (word, record, chunk);
        }

        public readonly void Require(bool condition)
        {
            if (!condition)
            {
                throw new ShardDamageException(
                    _lookup.OffsetOf(Math.Max(_next - 1, 0)), "a lookup table does not agree with the entries");
            }
        }
    }
}
