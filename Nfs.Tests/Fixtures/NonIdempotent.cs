using Nfs.Server.Nfs3;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>One call of every procedure that must not run twice, each on objects of its own.</summary>
internal static class NonIdempotent
{
    public static readonly NfsProc3[] Procedures =
    [
        NfsProc3.SETATTR, NfsProc3.CREATE, NfsProc3.MKDIR, NfsProc3.SYMLINK, NfsProc3.MKNOD, NfsProc3.REMOVE,
        NfsProc3.RMDIR, NfsProc3.RENAME, NfsProc3.LINK,
    ];

    /// <summary>Makes in a directory what the calls are about.</summary>
    public static async Task PrepareAsync(NfsMount mount, byte[] directory)
    {
        foreach (var name in (string[])["setattr", "remove", "rename", "link"])
        {
            await mount.CreateAsync(directory, name, CreateMode.Guarded);
        }

        await mount.MkdirAsync(directory, "rmdir");
    }

    /// <summary>The arguments of a procedure's call in a prepared directory.</summary>
    public static async Task<XdrBytes> ArgumentsAsync(NfsMount mount, byte[] directory, NfsProc3 procedure)
    {
        var files = await mount.ListAsync(directory);
        return procedure switch
        {
            NfsProc3.SETATTR => new XdrBytes().Opaque(files["setattr"].Handle).Sattr(0x180).U32(0),
            NfsProc3.CREATE => new XdrBytes().Opaque(directory).Text("created").U32(1).Sattr(0x1A4),
            NfsProc3.MKDIR => new XdrBytes().Opaque(directory).Text("made").Sattr(0x1C0),
            NfsProc3.SYMLINK => new XdrBytes().Opaque(directory).Text("symlink").Sattr().Text("target"),
            NfsProc3.MKNOD => new XdrBytes().Opaque(directory).Text("pipe").U32(7).Sattr(),
            NfsProc3.REMOVE => new XdrBytes().Opaque(directory).Text("remove"),
            NfsProc3.RMDIR => new XdrBytes().Opaque(directory).Text("rmdir"),
            NfsProc3.RENAME => new XdrBytes().Opaque(directory).Text("rename").Opaque(directory).Text("renamed"),
            NfsProc3.LINK => new XdrBytes().Opaque(files["link"].Handle).Opaque(directory).Text("linked"),
            _ => throw new ArgumentOutOfRangeException(nameof(procedure)),
        };
    }
}
