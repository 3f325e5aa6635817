using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// A file that nobody sees until it is published whole. It has no name where the file system can do that, so that a
/// crash leaves nothing; elsewhere it lies in a directory that is emptied when the store is opened.
/// </summary>
internal sealed class UnpublishedFile : IDisposable
{
    /// <summary>
    /// Most bytes that wait in memory for the disk. Somebody else's small sync waits for what is queued before it:
    /// an object written at once would hold up every reply of a gateway whose state is on the same disk.
    /// </summary>
    private const long BacklogMax = 4 << 20;

    private readonly string _directory;
    private long _writtenBack;

    /// <summary>Null while the file has no name.</summary>
    private string? _path;

    private UnpublishedFile(string directory, SafeFileHandle handle, string? path)
    {
        _directory = directory;
        Handle = handle;
        _path = path;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Makes an empty one in <paramref name="directory"/>, on the file system of its later place.</summary>
    public static UnpublishedFile Create(string directory, bool unnamed = true)
    {
        var handle = unnamed ? Posix.TryOpenUnnamed(directory) : null;
        if (handle is not null && Posix.CanNameUnnamed(handle))
        {
            return new UnpublishedFile(directory, handle, null);
        }

        handle?.Dispose();
        var path = NewPath(directory);
        return new UnpublishedFile(directory, CreateNamed(path), path);
    }

    /// <summary>Appends bytes at <paramref name="offset"/>, the end of what was written so far.</summary>
    public void Append(ReadOnlySpan<byte> bytes, long offset)
    {
        RandomAccess.Write(Handle, bytes, offset);
        var end = offset + bytes.Length;
        if (end - _writtenBack >= BacklogMax)
        {
            Posix.WriteBack(Handle, _writtenBack, end - _writtenBack);
            _writtenBack = end;
        }
    }

    /// <summary>Puts the bytes on stable storage.</summary>
    public void Sync() => RandomAccess.FlushToDisk(Handle);

    /// <summary>
    /// Gives the file its place. False if that is taken, which a file that has a name already does not notice:
    /// it replaces what is there, in one step.
    /// </summary>
    public bool TryPublish(string path)
    {
        if (_path is null)
        {
            return Posix.TryLink(Handle, path);
        }

        Replace(path);
        return true;
    }

    /// <summary>Gives the file its place, also if that is taken.</summary>
    public void Replace(string path)
    {
        if (_path is null)
        {
            var temporary = NewPath(_directory);
            if (!Posix.TryLink(Handle, temporary))
            {
                throw new IOException($"'{temporary}' exists already");
            }

            _path = temporary;
        }

        File.Move(_path, path, overwrite: true);
        _path = null;
    }

    public void Dispose()
    {
        Handle.Dispose();
        if (_path is { } path)
        {
            _path = null;
            File.Delete(path);
        }
    }

    private static string NewPath(string directory) => Path.Join(directory, Guid.NewGuid().ToString("N"));

    private static SafeFileHandle CreateNamed(string path)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            File.SetUnixFileMode(handle, UnixFileMode.UserRead);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
