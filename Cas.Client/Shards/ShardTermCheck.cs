using System.Diagnostics.CodeAnalysis;
using Cas.Client.Formats;
using Cas.Client.Xorbs;

namespace Cas.Client.Shards;

/// <summary>Checks the file section against the xorbs that the shard lists; other xorbs are somebody else's.</summary>
internal sealed class ShardTermCheck(
    IRandomBytes bytes, ShardReader shard, IReadOnlyDictionary<MerkleHash, ShardEntry> xorbs)
{
    /// <summary>Length of all files. Throws <see cref="ShardDamageException"/>.</summary>
    public ulong Verify()
    {
        var section = shard.Sections.Files;
        var end = 0L;
        var sum = 0UL;
        bool? hasVerification = null;
        foreach (var file in shard.Files())
        {
            var offset = section.OffsetOf(file.RecordIndex);
            hasVerification ??= file.HasVerification;
            Require(hasVerification == file.HasVerification, offset, "some files have range hashes, others do not");
            Require(file.Head is { Third: 0, Fourth: 0 }, offset, "reserved bytes of a file are not 0");
            Require(file.ItemCount > 0 || file.Hash == MerkleHash.Zero, offset, "a file without terms is not empty");
            sum += Verify(file);
            end = file.RecordIndex + file.RecordCount;
        }

        ShardCheck.VerifyEnd(bytes, section, end);
        return sum;
    }

    private ulong Verify(in ShardEntry file)
    {
        var section = shard.Sections.Files;
        var records = new ShardCursor(bytes, section, file.RecordIndex + 1);
        var sum = 0UL;
        for (var i = 0; i < file.ItemCount; i++)
        {
            var record = records.Next();
            VerifyTerm(record, section.OffsetOf(file.RecordIndex + 1 + i));
            sum += record.Second;
        }

        for (var i = 1 + file.ItemCount; i < file.RecordCount; i++)
        {
            var isGood = records.Next() is { First: 0, Second: 0, Third: 0, Fourth: 0 };
            Require(isGood, section.OffsetOf(file.RecordIndex + i), "reserved bytes of a record are not 0");
        }

        return sum;
    }

    private void VerifyTerm(in ShardRecord record, long offset)
    {
        var term = record.ToTerm();
        Require(record.First == 0, offset, "flags of a term are not known");
        Require(
            term.ChunkStart < term.ChunkEnd && term.ChunkEnd <= XorbLimits.ChunksMax,
            offset,
            "a term has an impossible range of chunks");
        var count = (ulong)(term.ChunkEnd - term.ChunkStart);
        Require(
            term.Length >= count && term.Length <= count * XorbLimits.ChunkBytesMax,
            offset,
            "a term has an impossible length");
        if (xorbs.TryGetValue(term.Xorb, out var xorb))
        {
            Require(term.ChunkEnd <= xorb.Head.Second, offset, "a term goes beyond the chunks of its xorb");
            var length = EndOf(xorb, term.ChunkEnd) - EndOf(xorb, term.ChunkStart);
            Require(term.Length == length, offset, "a term's length is not that of its chunks");
        }
    }

    /// <summary>Length of the first chunks of a xorb.</summary>
    private uint EndOf(in ShardEntry xorb, uint count)
    {
        if (count == 0)
        {
            return 0;
        }

        var last = ShardRecord.ReadAt(bytes, shard.Sections.Xorbs.OffsetOf(xorb.RecordIndex + count));
        var chunk = last.ToChunk();
        return chunk.Offset + chunk.Length;
    }

    private static void Require([DoesNotReturnIf(false)] bool condition, long offset, string problem)
    {
        if (!condition)
        {
            throw new ShardDamageException(offset, problem);
        }
    }
}
