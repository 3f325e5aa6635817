using System.Buffers.Binary;
using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>A section of records, end mark included: [Start, End) in the shard's bytes.</summary>
internal readonly record struct ShardSection(long Start, long End)
{
    /// <summary>Records that fit.</summary>
    public long Count => (End - Start) / ShardFormat.RecordBytes;

    /// <summary>Where a record starts.</summary>
    public long OffsetOf(long recordIndex) => Start + (recordIndex * ShardFormat.RecordBytes);
}

/// <summary>
/// Where the parts of a shard lie. Every range is inside the bytes and apart from the others: whoever follows them
/// can read nonsense, but not outside.
/// </summary>
internal sealed class ShardSections
{
    private ShardSections(ShardSection files, ShardSection xorbs, ShardFooter? footer)
    {
        Files = files;
        Xorbs = xorbs;
        Footer = footer;
    }

    public ShardSection Files { get; }

    public ShardSection Xorbs { get; }

    /// <summary>The footer, whose tables were checked too; null if there is none, or it is not to be trusted.</summary>
    public ShardFooter? Footer { get; }

    /// <summary>
    /// Reads the header, and the footer if the header announces one. Throws <see cref="ShardDamageException"/>.
    /// </summary>
    public static ShardSections Read(IRandomBytes bytes) => ReadHeader(bytes) == 0 ? Walk(bytes) : FromFooter(bytes);

    /// <summary>
    /// For the body of an upload: finds the sections by walking through them, whatever the header says of a footer,
    /// and ignores what follows them.
    /// </summary>
    public static ShardSections ReadUpload(IRandomBytes bytes)
    {
        ReadHeader(bytes);
        return Walk(bytes);
    }

    /// <summary>The announced length of the footer.</summary>
    private static ulong ReadHeader(IRandomBytes bytes)
    {
        const int versionAt = 32, footerAt = 40;
        if (bytes.Length is < ShardFormat.RecordBytes or > ShardFormat.BytesMax)
        {
            throw new ShardDamageException(0, $"a length of {bytes.Length} bytes is impossible");
        }

        Span<byte> header = stackalloc byte[ShardFormat.RecordBytes];
        bytes.ReadAt(0, header);
        if (!header[..versionAt].SequenceEqual(ShardFormat.Tag))
        {
            throw new ShardDamageException(0, "it does not start as a shard");
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(header[versionAt..]) != ShardFormat.HeaderVersion)
        {
            throw new ShardDamageException(versionAt, "its version is not known");
        }

        var footerBytes = BinaryPrimitives.ReadUInt64LittleEndian(header[footerAt..]);
        return footerBytes is 0 or ShardFormat.FooterBytes
            ? footerBytes
            : throw new ShardDamageException(footerAt, $"a footer of {footerBytes} bytes is not known");
    }

    private static ShardSections Walk(IRandomBytes bytes)
    {
        var rest = new ShardSection(ShardFormat.RecordBytes, bytes.Length);
        var files = rest with { End = ShardScan.FindEnd(bytes, rest, isFiles: true) };
        rest = rest with { Start = files.End };
        return new ShardSections(files, rest with { End = ShardScan.FindEnd(bytes, rest, isFiles: false) }, null);
    }

    private static ShardSections FromFooter(IRandomBytes bytes)
    {
        var offset = bytes.Length - ShardFormat.FooterBytes;
        if (offset < ShardFormat.RecordBytes)
        {
            throw new ShardDamageException(0, "it is too short for its footer");
        }

        Span<byte> last = stackalloc byte[ShardFormat.FooterBytes];
        bytes.ReadAt(offset, last);
        var footer = ShardFooter.Read(last) ?? throw new ShardDamageException(offset, "its footer is not known");
        if (footer.Offset != (ulong)offset)
        {
            throw new ShardDamageException(offset, "its footer names another place as its own");
        }

        var xorbsEnd = CheckTables(footer, (ulong)offset);
        if (footer.FilesOffset != ShardFormat.RecordBytes ||
            !IsSection(footer.FilesOffset, footer.XorbsOffset) || !IsSection(footer.XorbsOffset, xorbsEnd))
        {
            throw new ShardDamageException(offset, "the sections do not lie where they can");
        }

        return new ShardSections(
            new ShardSection((long)footer.FilesOffset, (long)footer.XorbsOffset),
            new ShardSection((long)footer.XorbsOffset, (long)xorbsEnd),
            footer);
    }

    /// <summary>At least the end mark, and whole records.</summary>
    private static bool IsSection(ulong start, ulong end) =>
        end > start && (end - start) % ShardFormat.RecordBytes == 0;

    /// <summary>
    /// Checks that the tables follow each other up to the footer; where they start, which is where the xorbs end.
    /// One producer writes zeros for tables that it does not have.
    /// </summary>
    private static ulong CheckTables(ShardFooter footer, ulong footerOffset)
    {
        var end = footerOffset;
        ReadOnlySpan<(ShardTable Table, ulong RowBytes)> backwards =
        [
            (footer.ChunkTable, ShardFormat.ChunkRowBytes),
            (footer.XorbTable, ShardFormat.RowBytes),
            (footer.FileTable, ShardFormat.RowBytes),
        ];
        foreach (var (table, rowBytes) in backwards)
        {
            if (table == default)
            {
                continue;
            }

            if (table.Offset > end || table.Count != (end - table.Offset) / rowBytes ||
                (end - table.Offset) % rowBytes != 0)
            {
                throw new ShardDamageException((long)footerOffset, "the lookup tables do not lie where they can");
            }

            end = table.Offset;
        }

        return end;
    }
}
