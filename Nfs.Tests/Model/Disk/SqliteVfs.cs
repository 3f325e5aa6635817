using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cas.Client.Sqlite;

namespace Nfs.Tests.Model.Disk;

/// <summary>
/// SQLite's own way to the disk, with the calls that change files led past a <see cref="SimulatedDisk"/>: databases
/// below a watched directory report their writes and syncs there, all others are not touched. Locks, shared memory and
/// reading are SQLite's own. A sync of a watched file does not reach the real disk.
/// <para>The default VFS is replaced for the process by a copy that differs in xOpen and xDelete, and an opened file's
/// table of methods by a copy that differs in xWrite, xTruncate, xSync and xClose (sqlite3.h, objects sqlite3_vfs
/// and sqlite3_io_methods).</para>
/// </summary>
internal static unsafe partial class SqliteVfs
{
    private const int Ok = 0;
    private const int Full = 13;
    private const int VfsBytes = 168;           // Version 3.
    private const int MethodsBytes = 152;       // Version 3.
    private const int OpenAt = 40;
    private const int DeleteAt = 48;
    private const int CloseAt = 8;
    private const int WriteAt = 24;
    private const int TruncateAt = 32;
    private const int SyncAt = 40;

    private static readonly ConcurrentDictionary<string, SimulatedDisk> s_disks = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<nint, OpenFile> s_files = new();
    private static readonly ConcurrentDictionary<nint, nint> s_methods = new();
    private static readonly Lazy<nint> s_real = new(Register);

    public static void Watch(string directory, SimulatedDisk disk)
    {
        _ = s_real.Value;
        s_disks[directory] = disk;
    }

    public static void Forget(string directory) => s_disks.TryRemove(directory, out _);

    private static nint Register()
    {
        SystemSqlite.Initialize();
        var real = FindVfs(0);
        var ours = (byte*)NativeMemory.Alloc(VfsBytes);
        Unsafe.CopyBlock(ours, (void*)real, VfsBytes);
        *(nint*)(ours + OpenAt) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)&Open;
        *(nint*)(ours + DeleteAt) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, int>)&Delete;
        *(nint*)(ours + 24) = Marshal.StringToCoTaskMemUTF8("simulated");
        return RegisterVfs((nint)ours, 1) == Ok
            ? real
            : throw new InvalidOperationException("SQLite refused the simulated VFS");
    }

    private static SimulatedDisk? DiskOf(byte* path, out string name)
    {
        name = Marshal.PtrToStringUTF8((nint)path) ?? "";
        return name.Length > 0 ? s_disks.GetValueOrDefault(Path.GetDirectoryName(name)!) : null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(nint vfs, byte* path, nint file, int flags, int* outFlags)
    {
        var real = (delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)*(nint*)(s_real.Value + OpenAt);
        var result = real(s_real.Value, path, file, flags, outFlags);
        if (result == Ok && path != null && DiskOf(path, out var name) is { } disk)
        {
            var methods = *(nint*)file;
            var isLog = name.EndsWith("-wal", StringComparison.Ordinal);
            s_files[file] = new OpenFile(disk, disk.OpenForSqlite(name), isLog, methods);
            *(nint*)file = s_methods.GetOrAdd(methods, Lead);
        }

        return result;
    }

    private static nint Lead(nint methods)
    {
        var ours = (byte*)NativeMemory.Alloc(MethodsBytes);
        Unsafe.CopyBlock(ours, (void*)methods, MethodsBytes);
        *(nint*)(ours + CloseAt) = (nint)(delegate* unmanaged[Cdecl]<nint, int>)&Close;
        *(nint*)(ours + WriteAt) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)&Write;
        *(nint*)(ours + TruncateAt) = (nint)(delegate* unmanaged[Cdecl]<nint, long, int>)&Truncate;
        *(nint*)(ours + SyncAt) = (nint)(delegate* unmanaged[Cdecl]<nint, int, int>)&Sync;
        return (nint)ours;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(nint vfs, byte* path, int syncDirectory)
    {
        var real = (delegate* unmanaged[Cdecl]<nint, byte*, int, int>)*(nint*)(s_real.Value + DeleteAt);
        var result = real(s_real.Value, path, syncDirectory);
        if (result == Ok)
        {
            DiskOf(path, out var name)?.RemoveForSqlite(name);
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint file)
    {
        s_files.TryRemove(file, out var open);
        return ((delegate* unmanaged[Cdecl]<nint, int>)*(nint*)(open!.Methods + CloseAt))(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* bytes, int count, long offset)
    {
        var open = s_files[file];
        var result = Ok;
        return open.Disk.ChangeForSqlite(open.IsLog, needsSpace: true, () =>
        {
            open.File.Write(offset, new ReadOnlySpan<byte>(bytes, count));
            var real = (delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)*(nint*)(open.Methods + WriteAt);
            result = real(file, bytes, count, offset);
        }) ? result : Full;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long length)
    {
        var open = s_files[file];
        var result = Ok;
        open.Disk.ChangeForSqlite(open.IsLog, needsSpace: false, () =>
        {
            open.File.SetLength(length);
            result = ((delegate* unmanaged[Cdecl]<nint, long, int>)*(nint*)(open.Methods + TruncateAt))(file, length);
        });
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(nint file, int flags)
    {
        var open = s_files[file];
        open.Disk.ChangeForSqlite(open.IsLog, needsSpace: false, open.File.Sync);
        return Ok;
    }

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_vfs_find")]
    private static partial nint FindVfs(nint name);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_vfs_register")]
    private static partial int RegisterVfs(nint vfs, int isDefault);

    private sealed record OpenFile(SimulatedDisk Disk, SimulatedFile File, bool IsLog, nint Methods);
}
