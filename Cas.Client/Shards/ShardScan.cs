using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>The start of an entry of either section; what follows it has been checked to lie inside the section.</summary>
/// <param name="RecordIndex">Its record in the section.</param>
/// <param name="Head">That record.</param>
/// <param name="RecordCount">Records of the entry, this one included.</param>
internal readonly record struct ShardEntry(long RecordIndex, ShardRecord Head, long RecordCount)
{
    /// <summary>Name of the file or xorb.</summary>
    public MerkleHash Hash => Head.Hash;

    /// <summary>Number of terms, or of chunks.</summary>
    public int ItemCount => (int)Head.Second;

    /// <summary>Whether a file has range hashes.</summary>
    public bool HasVerification => (Head.First & ShardFormat.FileHasVerification) != 0;

    /// <summary>Whether a file has a SHA-256.</summary>
    public bool HasMetadata => (Head.First & ShardFormat.FileHasMetadata) != 0;
}

/// <summary>Goes through a section entry by entry. Nothing is allocated.</summary>
internal static class ShardScan
{
    private const uint FileFlags = ShardFormat.FileHasVerification | ShardFormat.FileHasMetadata;

    /// <summary>Where a section ends: behind its end mark.</summary>
    public static long FindEnd(IRandomBytes bytes, ShardSection section, bool isFiles)
    {
        var index = 0L;
        while (TryRead(bytes, section, isFiles, index, out var entry))
        {
            index += entry.RecordCount;
        }

        return section.OffsetOf(index + 1);
    }

    /// <summary>
    /// The entry that starts with a record; false if that is the end mark. Throws
    /// <see cref="ShardDamageException"/> if the section ends first.
    /// </summary>
    public static bool TryRead(
        IRandomBytes bytes, ShardSection section, bool isFiles, long recordIndex, out ShardEntry entry)
    {
        var offset = section.OffsetOf(recordIndex);
        if (recordIndex < 0 || recordIndex >= section.Count)
        {
            throw new ShardDamageException(offset, "a section has no end mark, or an entry lies outside it");
        }

        var head = ShardRecord.ReadAt(bytes, offset);
        entry = default;
        if (head.IsEnd)
        {
            return false;
        }

        var count = isFiles ? FileRecords(head, offset) : 1 + (long)head.Second;

        // The end mark comes behind the entry, so the section has at least one more record.
        if (count > section.Count - recordIndex - 1)
        {
            throw new ShardDamageException(offset, $"an entry of {count} records passes the end of its section");
        }

        entry = new ShardEntry(recordIndex, head, count);
        return true;
    }

    private static long FileRecords(in ShardRecord head, long offset)
    {
        if ((head.First & ~FileFlags) != 0)
        {
            throw new ShardDamageException(offset, $"file flags {head.First:x8} are not known");
        }

        var perTerm = (head.First & ShardFormat.FileHasVerification) != 0 ? 2L : 1L;
        return 1 + (head.Second * perTerm) + ((head.First & ShardFormat.FileHasMetadata) != 0 ? 1 : 0);
    }
}
