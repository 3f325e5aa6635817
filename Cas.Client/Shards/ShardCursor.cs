using System.Runtime.CompilerServices;
using Cas.Client.Formats;

namespace Cas.Client.Shards;

/// <summary>
/// Reads the records of a section one after the other, some at a time. Throws <see cref="ShardDamageException"/> at
/// the end of the section.
/// </summary>
internal ref struct ShardCursor(IRandomBytes bytes, ShardSection section, long recordIndex)
{
    private Buffer _buffer;
    private long _next = recordIndex;
    private int _taken;
    private int _held;

    /// <summary>The next record.</summary>
    public ShardRecord Next()
    {
        if (_taken == _held)
        {
            Fill();
        }

        Span<byte> buffer = _buffer;
        return ShardRecord.Read(buffer[(_taken++ * ShardFormat.RecordBytes)..]);
    }

    /// <summary>The hashes of the next records, which have been checked to lie in the section.</summary>
    public MerkleHash[] NextHashes(int count)
    {
        var hashes = new MerkleHash[count];
        foreach (ref var hash in hashes.AsSpan())
        {
            hash = Next().Hash;
        }

        return hashes;
    }

    private void Fill()
    {
        var count = (int)Math.Min(Buffer.Records, section.Count - _next);
        if (count <= 0)
        {
            throw new ShardDamageException(section.End, "an entry passes the end of its section");
        }

        Span<byte> buffer = _buffer;
        bytes.ReadAt(section.OffsetOf(_next), buffer[..(count * ShardFormat.RecordBytes)]);
        (_next, _taken, _held) = (_next + count, 0, count);
    }

    [InlineArray(Records * ShardFormat.RecordBytes)]
    private struct Buffer
    {
        public const int Records = 32;
        private byte _first;
    }
}
