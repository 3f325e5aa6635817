using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Calls as macOS makes them, by hand: sixteen groups, 32 KiB transfers, names in decomposed form, READDIR without
/// PLUS, files of the Finder, times set after writes, an exclusive CREATE followed by a SETATTR of everything.
/// </summary>
internal static class MacCalls
{
    private const uint TransferBytes = 32 << 10;
    private const uint AllAccess = 0x3F;

    private static readonly uint[] s_groups =
        [20, 12, 61, 79, 80, 81, 98, 33, 100, 204, 250, 395, 398, 399, 400, 701];

    // Any handle of the right length; the targets put their own in its place.
    private static readonly byte[] s_handle = new byte[32];

    public static IEnumerable<(string Client, string Name, byte[] Record)> All()
    {
        yield return Mount(MountProc3.NULL, new XdrBytes(), RpcWire.AuthNone());
        yield return Mount(MountProc3.MNT, new XdrBytes().Text("/"));
        yield return Mount(MountProc3.EXPORT, new XdrBytes());
        yield return Mount(MountProc3.DUMP, new XdrBytes());
        yield return Mount(MountProc3.UMNT, new XdrBytes().Text("/"));
        yield return Mount(MountProc3.UMNTALL, new XdrBytes());
        (NfsProc3 Procedure, XdrBytes Arguments)[] calls = [.. Looking(), .. Changing(), .. Transferring()];
        foreach (var (procedure, arguments) in calls)
        {
            yield return Nfs(procedure, arguments);
        }
    }

    private static IEnumerable<(NfsProc3 Procedure, XdrBytes Arguments)> Looking()
    {
        yield return (NfsProc3.NULL, new XdrBytes());
        yield return (NfsProc3.FSINFO, Handle());
        yield return (NfsProc3.FSSTAT, Handle());
        yield return (NfsProc3.PATHCONF, Handle());
        yield return (NfsProc3.GETATTR, Handle());
        yield return (NfsProc3.ACCESS, Handle().U32(AllAccess));
        foreach (var name in new[] { ".DS_Store", "._file", ".Spotlight-V100", ".hidden", "cafe\u0301.txt", ".." })
        {
            yield return (NfsProc3.LOOKUP, Handle().Text(name));
        }

        yield return (NfsProc3.READDIR, Handle().U64(0).U64(0).U32(TransferBytes));
        yield return (NfsProc3.READDIR, Handle().U64(2).U64(0).U32(512));
        yield return (NfsProc3.READDIRPLUS, Handle().U64(0).U64(0).U32(4096).U32(TransferBytes));
        yield return (NfsProc3.READLINK, Handle());
    }

    private static IEnumerable<(NfsProc3 Procedure, XdrBytes Arguments)> Changing()
    {
        yield return (NfsProc3.CREATE, Handle().Text("._file").U32((uint)CreateMode.Exclusive).U64(0x0A00_0001_0000_0001));
        yield return (NfsProc3.CREATE, Handle().Text(".DS_Store").U32((uint)CreateMode.Unchecked).Sattr(0x1A4, 0));
        yield return (NfsProc3.CREATE, Handle().Text("cafe\u0301.txt").U32((uint)CreateMode.Guarded).Sattr(0x1A4));

        // Mode, owner and group, and both times of the server; then both times of the client, with a guard.
        yield return (NfsProc3.SETATTR,
            Handle().U32(1).U32(0x1A4).U32(1).U32(501).U32(1).U32(20).U32(0).U32(1).U32(1).U32(0));
        yield return (NfsProc3.SETATTR,
            Handle().U32(0).U32(0).U32(0).U32(0).U32(2).U64(0x6553_F100_0000_0000).U32(2).U64(0x6553_F100_0000_0001)
                .U32(1).U64(0x6553_F100_0000_0000));
        yield return (NfsProc3.SETATTR, Handle().Sattr(size: 0).U32(0));
        yield return (NfsProc3.MKDIR, Handle().Text("folder.sb-1a2b3c4d-Xyz").Sattr(0x1ED));
        yield return (NfsProc3.SYMLINK, Handle().Text("alias").Sattr(0x1ED).Text("cafe\u0301.txt"));
        yield return (NfsProc3.MKNOD, Handle().Text("pipe").U32((uint)InodeType.Fifo).Sattr(0x1A4));
        yield return (NfsProc3.MKNOD, Handle().Text("disk").U32((uint)InodeType.BlockDevice).Sattr(0x180).U32(1).U32(2));
        yield return (NfsProc3.LINK, Handle().Opaque(s_handle).Text("second"));
        yield return (NfsProc3.RENAME, Handle().Text("._file").Opaque(s_handle).Text(".nfs.2004ab.0001"));
        yield return (NfsProc3.REMOVE, Handle().Text(".nfs.2004ab.0001"));
        yield return (NfsProc3.RMDIR, Handle().Text("folder.sb-1a2b3c4d-Xyz"));
    }

    private static IEnumerable<(NfsProc3 Procedure, XdrBytes Arguments)> Transferring()
    {
        yield return (NfsProc3.WRITE,
            Handle().U64(0).U32(700).U32((uint)Stability.Unstable).Opaque(new SplitMix64(1).Bytes(700)));
        yield return (NfsProc3.WRITE,
            Handle().U64(TransferBytes).U32(3).U32((uint)Stability.FileSync).Opaque("abc"u8));
        yield return (NfsProc3.COMMIT, Handle().U64(0).U32(0));
        yield return (NfsProc3.READ, Handle().U64(0).U32(TransferBytes));
    }

    private static XdrBytes Handle() => new XdrBytes().Opaque(s_handle);

    private static (string Client, string Name, byte[] Record) Mount(
        MountProc3 procedure, XdrBytes arguments, byte[]? credential = null) =>
        ("macos", $"MOUNT3.{procedure}", Record(RpcWire.Mount, (uint)procedure, arguments, credential));

    private static (string Client, string Name, byte[] Record) Nfs(NfsProc3 procedure, XdrBytes arguments) =>
        ("macos", $"NFS3.{procedure}", Record(RpcWire.Nfs, (uint)procedure, arguments));

    private static byte[] Record(uint program, uint procedure, XdrBytes arguments, byte[]? credential = null) =>
        RpcWire.Call(
            0x6D61_6300 + procedure, program, 3, procedure, arguments,
            credential ?? RpcWire.AuthSys(501, 20, s_groups, machine: "mac.local"));
}
