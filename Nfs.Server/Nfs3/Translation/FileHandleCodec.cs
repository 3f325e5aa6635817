using System.Buffers.Binary;
using System.Security.Cryptography;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Translation;

/// <summary>
/// File handles (<c>nfs_fh3</c>). They name an inode of an export, need no table to be read back, and cannot be made
/// without the key. Inode numbers are never used twice, so they stand for a generation too.
/// <code>
/// offset size  content, big-endian
///      0    1  version, 1
///      1    3  zero
///      4    4  export id
///      8    8  inode number, not 0
///     16   16  SipHash-2-4-128 over bytes 0 to 15
/// </code>
/// </summary>
internal sealed class FileHandleCodec(ReadOnlySpan<byte> key)
{
    /// <summary>Length of every handle.</summary>
    public const int Bytes = 32;

    private const byte Version = 1;
    private const int NamedBytes = 16;

    private readonly SipHash128 _mac = new(key);

    /// <summary>Writes the handle of an object in an export: always the same bytes.</summary>
    public void Encode(uint exportId, InodeId id, Span<byte> handle)
    {
        BinaryPrimitives.WriteUInt32BigEndian(handle, (uint)Version << 24);
        BinaryPrimitives.WriteUInt32BigEndian(handle[4..], exportId);
        BinaryPrimitives.WriteUInt64BigEndian(handle[8..], id.Value);
        WriteMac(handle[..NamedBytes], handle[NamedBytes..]);
    }

    /// <summary>
    /// What a handle names; neither need exist any more. NFS3ERR_BADHANDLE: not made with this key, or not a handle at
    /// all.
    /// </summary>
    public NfsStat3 TryDecode(ReadOnlySpan<byte> handle, out uint exportId, out InodeId id)
    {
        exportId = 0;
        id = default;
        if (handle.Length != Bytes)
        {
            return NfsStat3.NFS3ERR_BADHANDLE;
        }

        Span<byte> expected = stackalloc byte[Bytes - NamedBytes];
        WriteMac(handle[..NamedBytes], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, handle[NamedBytes..]) || handle[0] != Version)
        {
            return NfsStat3.NFS3ERR_BADHANDLE;
        }

        exportId = BinaryPrimitives.ReadUInt32BigEndian(handle[4..]);
        id = new InodeId(BinaryPrimitives.ReadUInt64BigEndian(handle[8..]));
        return NfsStat3.NFS3_OK;
    }

    private void WriteMac(ReadOnlySpan<byte> named, Span<byte> mac)
    {
        var (first, last) = _mac.Compute(named);
        BinaryPrimitives.WriteUInt64LittleEndian(mac, first);
        BinaryPrimitives.WriteUInt64LittleEndian(mac[8..], last);
    }
}
