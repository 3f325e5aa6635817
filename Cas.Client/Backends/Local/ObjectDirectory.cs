using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Objects as files: <c>objects/ab/cdef…</c>, named by the text of their hash, and <c>tmp/</c> for those that are
/// being written. All directories are made with the store and never later, so that a store whose disk is not mounted
/// cannot grow a second life on the disk below.
/// </summary>
internal sealed class ObjectDirectory(string storeDirectory, ILogger logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _objects = Path.Join(storeDirectory, StoreLayout.Objects);
    private readonly string _temporary = Path.Join(storeDirectory, StoreLayout.Temporary);

    /// <summary>Makes the directories of a new store; those that are there stay.</summary>
    public void Create()
    {
        Directory.CreateDirectory(_temporary, OwnerOnly);
        Directory.CreateDirectory(_objects, OwnerOnly);
        for (var i = 0; i < 256; i++)
        {
            Directory.CreateDirectory(Path.Join(_objects, i.ToString("x2", CultureInfo.InvariantCulture)), OwnerOnly);
        }

        Posix.SyncDirectory(_objects);
    }

    /// <summary>Whether the directories are there.</summary>
    public bool Exists => Directory.Exists(_objects) && Directory.Exists(_temporary);

    /// <summary>Deletes what a crash left unpublished. Only the owner of the store's lock may.</summary>
    public void RemoveLeftovers()
    {
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(_temporary))
        {
            File.Delete(path);
            count++;
        }

        if (count > 0)
        {
            logger.LeftoversRemoved(count, _temporary);
        }
    }

    public string PathOf(MerkleHash hash)
    {
        var text = hash.ToString();
        return Path.Join(_objects, text.AsSpan(0, 2), text.AsSpan(2));
    }

    public UnpublishedFile CreateUnpublished() => UnpublishedFile.Create(_temporary);

    /// <summary>
    /// Makes a written file the object of its hash, on stable storage. If the object is there already, the new file
    /// is not needed; but what is about to be the only copy of somebody's bytes is not taken on trust, and is replaced
    /// if it is damaged.
    /// </summary>
    public void Publish(UnpublishedFile file, ContentId content)
    {
        var path = PathOf(content.Hash);
        if (!SameBytes.Are(file.Handle, path))
        {
            file.Sync();
            if (!file.TryPublish(path) && !SameBytes.Are(file.Handle, path))
            {
                logger.DamagedObjectReplaced(content.Hash);
                file.Replace(path);
            }
        }

        // Also when the object was there: whoever made it may not have got this far yet.
        Posix.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Opens an object for reading. Throws NotFound or Corrupt as <see cref="CasException"/>.</summary>
    public SafeFileHandle Open(ContentId content)
    {
        SafeFileHandle handle;
        try
        {
            handle = Posix.OpenForReading(PathOf(content.Hash));
        }
        catch (FileNotFoundException e)
        {
            // Without its directories the store is not mounted, or gone: that says nothing about one object.
            throw Exists
                ? new CasException(CasError.NotFound, $"the store has no object {content.Hash}", e)
                : new CasException(CasError.Unreachable, $"the directory {_objects} is not there", e);
        }

        var length = RandomAccess.GetLength(handle);
        if (length == (long)content.Size)
        {
            return handle;
        }

        handle.Dispose();
        throw new CasException(
            CasError.Corrupt, $"object {content.Hash} is {length} bytes long instead of {content.Size}");
    }
}
