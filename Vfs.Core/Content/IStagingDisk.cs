using Microsoft.Win32.SafeHandles;

namespace Vfs.Core.Content;

/// <summary>
/// The calls that change what the staging disk holds, and the two that make it stable. A seam for tests that keep what
/// was written apart from what would survive a crash, and that let the disk fail; reading goes past it. Failures are
/// IOException. Called from any thread, with a content's lock held or not.
/// </summary>
internal interface IStagingDisk
{
    /// <summary>Opens a file for reading and writing; makes it, empty, if there is none.</summary>
    SafeFileHandle Open(string path);

    void Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes a range inside the file read as zeros; its length stays.</summary>
    void Punch(SafeFileHandle file, long offset, long length);

    /// <summary>Cuts the file, or makes it longer with zeros.</summary>
    void SetLength(SafeFileHandle file, long length);

    /// <summary>Puts the bytes of a file and its length on stable storage; its name is <see cref="SyncDirectory"/>'s.</summary>
    void Sync(SafeFileHandle file);

    /// <summary>Puts the names in a directory on stable storage.</summary>
    void SyncDirectory(string path);

    /// <summary>Removes a name, if it is there.</summary>
    void Delete(string path);

    /// <summary>Bytes of the disk that a directory lies on: all, free, and free for us.</summary>
    (ulong Total, ulong Free, ulong Available) Space(string directory);
}
