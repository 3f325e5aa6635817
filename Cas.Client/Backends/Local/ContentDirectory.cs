using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Content as files: <c>xorbs/ab/abcd…</c> and <c>shards/abcd…</c>, named by the text of their hash, and <c>tmp/</c>
/// for those that are being written. All directories are made with the store and never later, so that a store whose
/// disk is not mounted cannot grow a second life on the disk below.
/// </summary>
internal sealed class ContentDirectory(string storeDirectory, ILogger logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _xorbs = Path.Join(storeDirectory, StoreLayout.Xorbs);
    private readonly string _shards = Path.Join(storeDirectory, StoreLayout.Shards);
    private readonly string _temporary = Path.Join(storeDirectory, StoreLayout.Temporary);

    /// <summary>Makes the directories of a new store; those that are there stay.</summary>
    public void Create()
    {
        Directory.CreateDirectory(_temporary, OwnerOnly);
        Directory.CreateDirectory(_shards, OwnerOnly);
        Directory.CreateDirectory(_xorbs, OwnerOnly);
        for (var i = 0; i < 256; i++)
        {
            Directory.CreateDirectory(Path.Join(_xorbs, i.ToString("x2", CultureInfo.InvariantCulture)), OwnerOnly);
        }

        Posix.SyncDirectory(_xorbs);
    }

    /// <summary>Whether the directories are there.</summary>
    public bool Exists => Directory.Exists(_xorbs) && Directory.Exists(_shards) && Directory.Exists(_temporary);

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

    public string PathOfXorb(MerkleHash hash)
    {
        var text = hash.ToString();
        return Path.Join(_xorbs, text.AsSpan(0, 2), text);
    }

    public string PathOfShard(MerkleHash hash) => Path.Join(_shards, hash.ToString());

    /// <summary>Names of all shards; files of other names are nobody's.</summary>
    public IEnumerable<MerkleHash> Shards()
    {
        foreach (var path in Directory.EnumerateFiles(_shards))
        {
            if (MerkleHash.TryParse(Path.GetFileName(path), out var hash))
            {
                yield return hash;
            }
        }
    }

    public UnpublishedFile CreateUnpublished() => UnpublishedFile.Create(_temporary);

    /// <summary>
    /// Gives a written file its place, on stable storage. What is there already is kept only if it is the same: what is
    /// about to hold the only copy of somebody's bytes is not taken on trust.
    /// </summary>
    public void Publish(UnpublishedFile file, string path)
    {
        if (!SameBytes.Are(file.Handle, path))
        {
            file.Sync();
            if (!file.TryPublish(path) && !SameBytes.Are(file.Handle, path))
            {
                logger.ContentReplaced(path);
                file.Replace(path);
            }
        }

        // Also when the file was there: whoever made it may not have got this far yet.
        Posix.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Opens a file of the store. Throws Corrupt as <see cref="CasException"/> if it is not there.</summary>
    public SafeFileHandle Open(string path)
    {
        try
        {
            return Posix.OpenForReading(path);
        }
        catch (FileNotFoundException e)
        {
            RequireDirectories();
            throw new CasException(CasError.Corrupt, $"the store has lost {path}", e);
        }
    }

    /// <summary>Without its directories the store is not mounted, or gone: that says nothing about any content.</summary>
    public void RequireDirectories()
    {
        if (!Exists)
        {
            throw new CasException(CasError.Unreachable, $"the directories of the store {storeDirectory} are not there");
        }
    }
}
