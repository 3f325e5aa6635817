namespace Cas.Client.Shards;

/// <summary>
/// Collects files and xorbs for a shard, each once, within the length that a shard may have. Not for use by several
/// threads.
/// </summary>
internal sealed class ShardBuilder
{
    // What every form has, and what the longest form adds: the limit holds for all of them.
    private const int FixedBytes = (3 * ShardFormat.RecordBytes) + ShardFormat.FooterBytes;

    private readonly Dictionary<MerkleHash, ShardFile> _files = [];
    private readonly Dictionary<MerkleHash, ShardXorb> _xorbs = [];
    private readonly int _bytesMax;

    /// <summary>Empty; <paramref name="bytesMax"/> is what the finished shard may have at most.</summary>
    public ShardBuilder(int bytesMax = ShardFormat.BytesMax) => _bytesMax = bytesMax;

    /// <summary>Length of the longest form.</summary>
    public long Length { get; private set; } = FixedBytes;

    /// <summary>The files so far, in no order.</summary>
    public IReadOnlyCollection<ShardFile> Files => _files.Values;

    /// <summary>The xorbs so far, in no order.</summary>
    public IReadOnlyCollection<ShardXorb> Xorbs => _xorbs.Values;

    /// <summary>
    /// Adds a file. One that is there is completed by what the new one knows more. False, with nothing changed, if the
    /// shard would become too long.
    /// </summary>
    public bool TryAdd(ShardFile file)
    {
        var before = _files.TryGetValue(file.Hash, out var known) ? Cost(known) : 0;
        var merged = known is null ? file : ShardEntryMerge.Merge(known, file);
        return TryGrow(Cost(merged) - before) && Put(_files, file.Hash, merged);
    }

    /// <summary>
    /// Adds a xorb, as with files. Throws <see cref="CasException"/> if it is there with other chunks.
    /// </summary>
    public bool TryAdd(ShardXorb xorb)
    {
        var known = _xorbs.GetValueOrDefault(xorb.Hash);
        var merged = known is null ? xorb : ShardEntryMerge.Merge(known, xorb);
        return (known is not null || TryGrow(Cost(xorb))) && Put(_xorbs, xorb.Hash, merged);
    }

    /// <summary>
    /// Writes the shard, sorted by hash. Throws <see cref="InvalidOperationException"/> if some of its files have range
    /// hashes and others do not: the format has all or none.
    /// </summary>
    public void WriteTo(Stream output, ShardForm form)
    {
        ShardFile[] files = form.HasFiles ? [.. _files.Values] : [];
        if (files.Any(file => file.RangeHashes is null) && files.Any(file => file.RangeHashes is not null))
        {
            throw new InvalidOperationException("some files of the shard have range hashes, others do not");
        }

        ShardXorb[] xorbs = [.. _xorbs.Values];
        Array.Sort(files, (a, b) => ShardOrder.Compare(a.Hash, b.Hash));
        Array.Sort(xorbs, (a, b) => ShardOrder.Compare(a.Hash, b.Hash));
        new ShardWriter(output, form).Write(files, xorbs);
    }

    private static long Cost(ShardFile file)
    {
        var records = 1L + file.Terms.Length + (file.RangeHashes?.Length ?? 0) + (file.Sha256 is null ? 0 : 1);
        return (records * ShardFormat.RecordBytes) + ShardFormat.RowBytes;
    }

    private static long Cost(ShardXorb xorb) =>
        ShardFormat.RecordBytes + ShardFormat.RowBytes +
        (xorb.Chunks.LongLength * (ShardFormat.RecordBytes + ShardFormat.ChunkRowBytes));

    private static bool Put<T>(Dictionary<MerkleHash, T> entries, MerkleHash hash, T entry)
    {
        entries[hash] = entry;
        return true;
    }

    private bool TryGrow(long bytes)
    {
        if (Length + bytes > _bytesMax)
        {
            return false;
        }

        Length += bytes;
        return true;
    }
}
