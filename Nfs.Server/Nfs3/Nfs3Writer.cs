using System.Buffers.Binary;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3;

/// <summary>Encodes results: XDR and the structures that most procedures share (RFC 1813 section 2.6).</summary>
internal ref struct Nfs3Writer
{
    private const int WccAttrBytes = 24;

    private readonly FileHandleCodec _handles;
    private readonly Export? _export;
    private XdrWriter _xdr;

    /// <summary>Without an export there is nothing that attributes or handles could be given of.</summary>
    public Nfs3Writer(FileHandleCodec handles, ServedExport? export, XdrBuffer buffer, NfsStat3 status)
    {
        _handles = handles;
        _export = export?.Rules;
        _xdr = new XdrWriter(buffer);
        _xdr.WriteUInt32((uint)status);
    }

    /// <summary>Offset of the next byte in the reply.</summary>
    public readonly int Position => _xdr.Position;

    public void WriteUInt32(uint value) => _xdr.WriteUInt32(value);

    public void WriteUInt64(ulong value) => _xdr.WriteUInt64(value);

    public void WriteBool(bool value) => _xdr.WriteBool(value);

    public void WriteOpaque(scoped ReadOnlySpan<byte> bytes) => _xdr.WriteOpaque(bytes);

    public Span<byte> Reserve(int length) => _xdr.Reserve(length);

    public void Rewind(int position) => _xdr.Rewind(position);

    public readonly void Complete() => _xdr.Complete();

    /// <summary><c>fattr3</c>.</summary>
    public void WriteAttributes(in Attributes attributes) =>
        Fattr3Map.Write(_xdr.Reserve(Nfs3Constants.Fattr3Bytes), attributes, _export!.Fsid);

    /// <summary><c>post_op_attr</c>.</summary>
    public void WritePostOp(in Attributes? attributes)
    {
        _xdr.WriteBool(attributes.HasValue);
        if (attributes.HasValue)
        {
            WriteAttributes(attributes.GetValueOrDefault());
        }
    }

    /// <summary><c>nfs_fh3</c>.</summary>
    public void WriteHandle(InodeId id)
    {
        var space = _xdr.Reserve(sizeof(uint) + FileHandleCodec.Bytes);
        BinaryPrimitives.WriteUInt32BigEndian(space, FileHandleCodec.Bytes);
        _handles.Encode(_export!.Id, id, space[sizeof(uint)..]);
    }

    /// <summary><c>wcc_data</c>.</summary>
    public void WriteWcc(in WccData wcc)
    {
        _xdr.WriteBool(wcc.Before.HasValue);
        if (wcc.Before.HasValue)
        {
            Fattr3Map.WriteWcc(_xdr.Reserve(WccAttrBytes), wcc.Before.GetValueOrDefault());
        }

        WritePostOp(wcc.After);
    }
}
