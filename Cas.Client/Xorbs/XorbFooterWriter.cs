using System.Buffers.Binary;

namespace Cas.Client.Xorbs;

/// <summary>Writes footers of version 1 field by field.</summary>
internal ref struct XorbFooterWriter
{
    private readonly Span<byte> _footer;
    private int _position;

    private XorbFooterWriter(Span<byte> footer) => _footer = footer;

    /// <summary>The footer of a xorb, its length field included.</summary>
    public static byte[] Write(MerkleHash xorb, XorbLayout layout, ReadOnlySpan<MerkleHash> hashes)
    {
        var footer = new byte[XorbFooter.Length(hashes.Length)];
        var writer = new XorbFooterWriter(footer);
        writer.Put(XorbFooter.Tag);
        writer.Put(xorb);
        var hashesAt = writer.PutHashes(hashes);
        var boundariesAt = writer.PutBoundaries(layout);
        var length = footer.Length - XorbFooter.LengthBytes;
        writer.Put(layout.Count);
        writer.Put(length - hashesAt);
        writer.Put(length - boundariesAt);
        writer._position += XorbFooter.ReservedBytes;
        writer.Put(length);
        return footer;
    }

    private int PutHashes(ReadOnlySpan<MerkleHash> hashes)
    {
        var at = _position;
        Put(XorbFooter.HashTag);
        Put(hashes.Length);
        foreach (var hash in hashes)
        {
            Put(hash);
        }

        return at;
    }

    private int PutBoundaries(XorbLayout layout)
    {
        var at = _position;
        Put(XorbFooter.BoundaryTag);
        Put(layout.Count);
        for (var i = 0; i < layout.Count; i++)
        {
            Put((int)layout.RecordOffset(i) + layout.RecordLength(i));
        }

        for (var i = 0; i < layout.Count; i++)
        {
            Put((int)layout.ChunkOffset(i) + layout.ChunkLength(i));
        }

        return at;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_footer[_position..]);
        _position += bytes.Length;
    }

    private void Put(MerkleHash hash)
    {
        hash.Write(_footer[_position..]);
        _position += MerkleHash.Bytes;
    }

    private void Put(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_footer[_position..], number);
        _position += sizeof(int);
    }
}
