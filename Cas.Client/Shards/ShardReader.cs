using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>Where a chunk is.</summary>
internal readonly record struct ShardChunkPlace(MerkleHash Xorb, uint ChunkIndex, uint Length);

/// <summary>A run of chunks of one xorb that are the ones asked for, from the first on.</summary>
internal readonly record struct ShardRun(MerkleHash Xorb, uint ChunkStart, int Count, ulong Length);

/// <summary>
/// Reads one shard without loading it. Every method throws <see cref="ShardDamageException"/> on what cannot be, and
/// what reading throws; none allocates more than the entry that it returns. May be used from several threads at once;
/// the bytes are borrowed.
/// </summary>
internal sealed class ShardReader
{
    private readonly IRandomBytes _bytes;
    private readonly ShardSections _sections;

    private ShardReader(IRandomBytes bytes, ShardSections sections)
    {
        _bytes = bytes;
        _sections = sections;
    }

    /// <summary>Where the parts lie.</summary>
    public ShardSections Sections => _sections;

    /// <summary>The footer; null if there is none.</summary>
    public ShardFooter? Footer => _sections.Footer;

    /// <summary>Whether chunk hashes are hidden by a key.</summary>
    public bool IsKeyed => Footer is { } footer && footer.Key != default;

    /// <summary>Opens a shard; one with a footer without reading its sections.</summary>
    public static ShardReader Open(IRandomBytes bytes) => new(bytes, ShardSections.Read(bytes));

    /// <summary>Opens the body of an upload, as <see cref="ShardSections.ReadUpload"/>.</summary>
    public static ShardReader OpenUpload(IRandomBytes bytes) => new(bytes, ShardSections.ReadUpload(bytes));

    /// <summary>All files in order, without their terms.</summary>
    public IEnumerable<ShardEntry> Files() => Entries(isFiles: true);

    /// <summary>All xorbs in order, without their chunks.</summary>
    public IEnumerable<ShardEntry> Xorbs() => Entries(isFiles: false);

    /// <summary>The file of an entry of <see cref="Files"/>.</summary>
    public ShardFile ReadFile(in ShardEntry entry)
    {
        var terms = new ShardTerm[entry.ItemCount];
        var records = new ShardCursor(_bytes, _sections.Files, entry.RecordIndex + 1);
        foreach (ref var term in terms.AsSpan())
        {
            term = records.Next().ToTerm();
        }

        return new ShardFile(entry.Hash, terms)
        {
            RangeHashes = entry.HasVerification ? records.NextHashes(entry.ItemCount) : null,
            Sha256 = entry.HasMetadata ? records.Next().Hash : null,
        };
    }

    /// <summary>The xorb of an entry of <see cref="Xorbs"/>.</summary>
    public ShardXorb ReadXorb(in ShardEntry entry)
    {
        var chunks = new ShardChunk[entry.ItemCount];
        var records = new ShardCursor(_bytes, _sections.Xorbs, entry.RecordIndex + 1);
        foreach (ref var chunk in chunks.AsSpan())
        {
            chunk = records.Next().ToChunk();
        }

        return new ShardXorb(entry.Hash, chunks) { Length = entry.Head.Third, RecordBytes = entry.Head.Fourth };
    }

    /// <summary>Looks a file up by its hash; null if the shard does not have it.</summary>
    public ShardFile? FindFile(MerkleHash file) => FindEntry(file, isFiles: true) is { } entry ? ReadFile(entry) : null;

    /// <summary>Looks a xorb up by its hash; null if the shard does not have it.</summary>
    public ShardXorb? FindXorb(MerkleHash xorb) =>
        FindEntry(xorb, isFiles: false) is { } entry ? ReadXorb(entry) : null;

    /// <summary>Looks a chunk up by its plain hash; null if the shard does not have it.</summary>
    public ShardChunkPlace? FindChunk(MerkleHash chunk) =>
        FindRun([chunk]) is { } run ? new ShardChunkPlace(run.Xorb, run.ChunkStart, (uint)run.Length) : null;

    /// <summary>
    /// The longest run of a xorb that starts with the first of the chunks and goes on with those that follow it.
    /// Plain hashes, at least one. Null if the shard does not have the first.
    /// </summary>
    public ShardRun? FindRun(ReadOnlySpan<MerkleHash> chunks)
    {
        var first = Keyed(chunks[0]);
        return Footer is { ChunkTable.Count: > 0 } footer
            ? FindRunInTable(footer.ChunkTable, first, chunks)
            : FindRunByScan(first, chunks);
    }

    private IEnumerable<ShardEntry> Entries(bool isFiles)
    {
        var section = isFiles ? _sections.Files : _sections.Xorbs;
        var index = 0L;
        while (ShardScan.TryRead(_bytes, section, isFiles, index, out var entry))
        {
            yield return entry;
            index += entry.RecordCount;
        }
    }

    private ShardEntry? FindEntry(MerkleHash hash, bool isFiles)
    {
        var table = isFiles ? Footer?.FileTable : Footer?.XorbTable;
        if (table is { Count: > 0 } rows)
        {
            return FindEntryInTable(rows, hash, isFiles);
        }

        foreach (var entry in Entries(isFiles))
        {
            if (entry.Hash == hash)
            {
                return entry;
            }
        }

        return null;
    }

    private ShardEntry? FindEntryInTable(ShardTable table, MerkleHash hash, bool isFiles)
    {
        var lookup = new ShardLookup(_bytes, table, ShardFormat.RowBytes);
        var section = isFiles ? _sections.Files : _sections.Xorbs;
        var first = lookup.FirstAtLeast(hash.A);
        for (var row = first; lookup.TryRead(row, out var word, out var index, out _) && word == hash.A; row++)
        {
            if (row - first == ShardFormat.EqualRowsMax)
            {
                throw new ShardDamageException(lookup.OffsetOf(row), "too many rows of a lookup table are equal");
            }

            if (!ShardScan.TryRead(_bytes, section, isFiles, index, out var entry) || entry.Hash.A != word)
            {
                throw new ShardDamageException(lookup.OffsetOf(row), "a row of a lookup table names a wrong record");
            }

            if (entry.Hash == hash)
            {
                return entry;
            }
        }

        return null;
    }

    private ShardRun? FindRunInTable(ShardTable table, MerkleHash first, ReadOnlySpan<MerkleHash> chunks)
    {
        var lookup = new ShardLookup(_bytes, table, ShardFormat.ChunkRowBytes);
        ShardRun? best = null;
        var start = lookup.FirstAtLeast(first.A);

        // A chunk that is in very many xorbs, or made to collide, is not worth more than a few tries.
        for (var row = start; row < start + ShardFormat.EqualRowsMax; row++)
        {
            if (!lookup.TryRead(row, out var word, out var index, out var chunkIndex) || word != first.A)
            {
                break;
            }

            if (!ShardScan.TryRead(_bytes, _sections.Xorbs, isFiles: false, index, out var xorb) ||
                chunkIndex >= xorb.Head.Second)
            {
                throw new ShardDamageException(lookup.OffsetOf(row), "a row of a lookup table names a wrong record");
            }

            best = Longer(best, RunAt(xorb, chunkIndex, chunks));
        }

        return best;
    }

    private ShardRun? FindRunByScan(MerkleHash first, ReadOnlySpan<MerkleHash> chunks)
    {
        ShardRun? best = null;
        var tries = 0;
        foreach (var xorb in Xorbs())
        {
            var records = new ShardCursor(_bytes, _sections.Xorbs, xorb.RecordIndex + 1);
            for (var i = 0u; i < xorb.Head.Second; i++)
            {
                if (records.Next().Hash != first)
                {
                    continue;
                }

                best = Longer(best, RunAt(xorb, i, chunks));
                if (++tries == ShardFormat.EqualRowsMax)
                {
                    return best;
                }
            }
        }

        return best;
    }

    /// <summary>How far the chunks agree with a xorb from an index on; null if not at all.</summary>
    private ShardRun? RunAt(in ShardEntry xorb, uint chunkStart, ReadOnlySpan<MerkleHash> chunks)
    {
        var records = new ShardCursor(_bytes, _sections.Xorbs, xorb.RecordIndex + 1 + chunkStart);
        var countMax = (int)Math.Min(xorb.Head.Second - chunkStart, (uint)chunks.Length);
        var (count, length) = (0, 0UL);
        for (; count < countMax; count++)
        {
            var chunk = records.Next().ToChunk();
            if (chunk.Hash != Keyed(chunks[count]))
            {
                break;
            }

            length += chunk.Length;
        }

        return count == 0 ? null : new ShardRun(xorb.Hash, chunkStart, count, length);
    }

    private static ShardRun? Longer(ShardRun? a, ShardRun? b) => b is null || a?.Count >= b.Value.Count ? a : b;

    private MerkleHash Keyed(MerkleHash chunk) => IsKeyed ? ShardKey.Apply(Footer!.Key, chunk) : chunk;
}
