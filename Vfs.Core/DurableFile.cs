namespace Vfs.Core;

/// <summary>Small files that are there with all of their bytes, or not at all.</summary>
internal static class DurableFile
{
    /// <summary>
    /// Writes a file that only its owner can use. It gets its name when its bytes are on stable storage, so that no
    /// crash leaves part of it behind.
    /// </summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes, bool overwrite = true)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite);
        StateNative.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
