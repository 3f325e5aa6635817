using Microsoft.Win32.SafeHandles;

namespace Vfs.Core.Content;

/// <summary>The disk of this machine.</summary>
internal sealed class HostDisk : IStagingDisk
{
    public static HostDisk Instance { get; } = new();

    public SafeFileHandle Open(string path) => File.OpenHandle(
        path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public void Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes) =>
        RandomAccess.Write(file, bytes, offset);

    public void Punch(SafeFileHandle file, long offset, long length) => ContentNative.Punch(file, offset, length);

    public void SetLength(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    public void Sync(SafeFileHandle file) => ContentNative.SyncData(file);

    public void SyncDirectory(string path) => StateNative.SyncDirectory(path);

    public void Delete(string path) => File.Delete(path);

    public (ulong Total, ulong Free, ulong Available) Space(string directory)
    {
        var drive = new DriveInfo(directory);
        return ((ulong)drive.TotalSize, (ulong)drive.TotalFreeSpace, (ulong)drive.AvailableFreeSpace);
    }
}
