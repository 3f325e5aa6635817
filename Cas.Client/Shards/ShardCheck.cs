using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>
/// Checks everything in a shard that can be checked by the shard alone: each record, each lookup table, that xorbs are
/// named by their chunks and that terms agree with them. Time grows with the length of the shard, memory is at most
/// its length. What a file's hash says is the business of <see cref="ShardFileCheck"/>.
/// </summary>
internal static class ShardCheck
{
    /// <summary>Throws <see cref="ShardDamageException"/> for the first thing that is wrong.</summary>
    public static void Verify(IRandomBytes bytes, ShardReader shard)
    {
        var xorbs = new ShardXorbCheck(bytes, shard);
        xorbs.Verify();
        var fileBytes = new ShardTermCheck(bytes, shard, xorbs.Found).Verify();
        if (shard.Footer is { } footer)
        {
            VerifySum(bytes, footer.RecordBytes, xorbs.RecordBytes, "record bytes");
            VerifySum(bytes, footer.ChunkBytes, xorbs.ChunkBytes, "xorb bytes");
            VerifySum(bytes, footer.FileBytes, fileBytes, "file bytes");
            ShardTableCheck.Verify(bytes, shard.Sections, footer);
        }
    }

    /// <summary>Checks that a section ends where its place says, with an end mark that holds nothing else.</summary>
    internal static void VerifyEnd(IRandomBytes bytes, ShardSection section, long recordIndex)
    {
        var end = new ShardCursor(bytes, section, recordIndex).Next();
        if (end != ShardRecord.End || recordIndex + 1 != section.Count)
        {
            throw new ShardDamageException(section.OffsetOf(recordIndex), "the end of a section is wrong");
        }
    }

    /// <summary>The npm client of the Hub (2.17.5) leaves the sum of file bytes 0.</summary>
    private static void VerifySum(IRandomBytes bytes, ulong stated, ulong sum, string what)
    {
        if (stated != 0 && stated != sum)
        {
            throw new ShardDamageException(
                bytes.Length - ShardFormat.FooterBytes, $"the footer's sum of {what} is {stated}, not {sum}");
        }
    }
}
