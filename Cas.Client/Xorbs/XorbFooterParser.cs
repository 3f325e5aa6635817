using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Cas.Client.Formats;

namespace Cas.Client.Xorbs;

/// <summary>
/// Reads a footer field by field; any rule that is broken throws <see cref="XorbDamageException"/>. The format is
/// described at <see cref="XorbFooter"/>.
/// </summary>
internal ref struct XorbFooterParser(IRandomBytes bytes, ReadOnlySpan<byte> footer, uint start, MerkleHash xorb)
{
    private readonly ReadOnlySpan<byte> _footer = footer;
    private int _position;

    /// <summary>The index, in agreement with the xorb's hash.</summary>
    public XorbIndex Parse()
    {
        var tag = Take(XorbFooter.TagBytes);
        var isCurrent = tag.SequenceEqual(XorbFooter.Tag);
        Require(isCurrent || tag.SequenceEqual(XorbFooter.TagV0), "the footer's version is not known");
        Require(MerkleHash.Read(Take(MerkleHash.Bytes)) == xorb, "the footer names another xorb");
        var layout = isCurrent ? Current(out var hashes) : Legacy(out hashes);
        Take(XorbFooter.NonceBytes);
        var reserved = Take(XorbFooter.ReservedBytes - XorbFooter.NonceBytes);
        Require(!reserved.ContainsAnyExcept((byte)0), "reserved bytes of the footer are not 0");
        Require(_position == _footer.Length, "the footer's length is wrong");
        return XorbIndex.Of(xorb, layout, hashes);
    }

    private XorbLayout Current(out MerkleHash[] hashes)
    {
        var hashesAt = _position;
        Require(Take(XorbFooter.TagBytes).SequenceEqual(XorbFooter.HashTag), "the hash section is missing");
        var count = TakeCount(XorbFooter.BytesPerChunk);
        hashes = TakeHashes(count);
        var boundariesAt = _position;
        Require(Take(XorbFooter.TagBytes).SequenceEqual(XorbFooter.BoundaryTag), "the boundary section is missing");
        Require(TakeNumber() == count, "the sections differ in their number of chunks");
        var recordEnds = TakeRecordEnds(count);
        var chunkEnds = TakeEnds(count, 1, XorbLimits.ChunkBytesMax);
        Require(TakeNumber() == count, "the trailer differs in its number of chunks");
        Require(TakeNumber() == _footer.Length - hashesAt, "the distance to the hash section is wrong");
        Require(TakeNumber() == _footer.Length - boundariesAt, "the distance to the boundary section is wrong");
        return new XorbLayout(recordEnds, chunkEnds);
    }

    /// <summary>The old form has no unpacked lengths; the records' headers have.</summary>
    private XorbLayout Legacy(out MerkleHash[] hashes)
    {
        var count = TakeCount(XorbFooter.BytesPerChunkV0);
        var recordEnds = TakeRecordEnds(count);
        hashes = TakeHashes(count);
        var layout = XorbLayout.Walk(bytes, xorb);
        Require(layout.Count == count, "the footer differs from the records in the number of chunks");
        for (var i = 0; i < count; i++)
        {
            Require(
                layout.RecordOffset(i) + (uint)layout.RecordLength(i) == recordEnds[i],
                "the footer differs from the records in their lengths");
        }

        return layout;
    }

    private MerkleHash[] TakeHashes(int count)
    {
        var hashes = new MerkleHash[count];
        foreach (ref var hash in hashes.AsSpan())
        {
            hash = MerkleHash.Read(Take(MerkleHash.Bytes));
        }

        return hashes;
    }

    private uint[] TakeRecordEnds(int count)
    {
        var ends = TakeEnds(count, ChunkHeader.Bytes + 1, ChunkHeader.Bytes + XorbLimits.PayloadBytesMax);
        Require(ends[^1] == start, "the footer does not start where the last record ends");
        return ends;
    }

    /// <summary>
    /// Ends that leave each element a possible length. The bound on the number of chunks keeps honest ones far below
    /// the range of the type.
    /// </summary>
    private uint[] TakeEnds(int count, uint lengthMin, uint lengthMax)
    {
        var ends = new uint[count];
        var before = 0u;
        foreach (ref var end in ends.AsSpan())
        {
            end = TakeNumber();
            Require(
                end > before && end - before >= lengthMin && end - before <= lengthMax,
                "the footer gives a chunk an impossible length");
            before = end;
        }

        return ends;
    }

    /// <summary>The number of chunks, checked against what follows before anything is allocated for them.</summary>
    private int TakeCount(int bytesPerChunk)
    {
        var count = TakeNumber();
        Require(count is > 0 and <= XorbLimits.ChunksMax, "the footer has an impossible number of chunks");
        Require(count * bytesPerChunk <= _footer.Length - _position, "the footer is too short for its chunks");
        return (int)count;
    }

    private uint TakeNumber() => BinaryPrimitives.ReadUInt32LittleEndian(Take(XorbFooter.CountBytes));

    private ReadOnlySpan<byte> Take(int length)
    {
        Require(length <= _footer.Length - _position, "the footer is too short");
        var taken = _footer.Slice(_position, length);
        _position += length;
        return taken;
    }

    private readonly void Require([DoesNotReturnIf(false)] bool condition, string problem)
    {
        if (!condition)
        {
            throw new XorbDamageException(xorb, null, start + _position, problem);
        }
    }
}
