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
    public IEnumerable<MerkleHash> Shards() => Named(_shards, PathOfShard);

    /// <summary>Names of all xorbs; files of other names are nobody's.</summary>
    public IEnumerable<MerkleHash> Xorbs() => Named(_xorbs, PathOfXorb);

    /// <summary>Files that are nobody's: what a crash left unpublished, and what others put here.</summary>
    public IEnumerable<string> Leftovers() =>
        Files(_temporary)
            .Concat(Files(_shards).Where(path => NameOf(path, PathOfShard) is null))
            .Concat(Files(_xorbs).Where(path => NameOf(path, PathOfXorb) is null));

    /// <summary>Bytes of all xorbs and shards, by the sizes of the files.</summary>
    public ulong MeasureBytes() =>
        Files(_xorbs).Concat(Files(_shards)).Aggregate(0UL, (sum, path) => sum + (ulong)new FileInfo(path).Length);

    /// <summary>When a shard was written, which is when the files that only it knows were stored.</summary>
    public DateTime ShardWrittenAt(MerkleHash hash) => File.GetLastWriteTimeUtc(PathOfShard(hash));

    /// <summary>Deletes a shard, which has to be durable before anything that it names goes.</summary>
    public void DeleteShard(MerkleHash hash) => File.Delete(PathOfShard(hash));

    /// <summary>Makes the deletion of shards durable.</summary>
    public void SyncShards() => Posix.SyncDirectory(_shards);

    /// <summary>Deletes a xorb.</summary>
    public void DeleteXorb(MerkleHash hash) => File.Delete(PathOfXorb(hash));

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

    private static IEnumerable<string> Files(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories);

    private static IEnumerable<MerkleHash> Named(string directory, Func<MerkleHash, string> pathOf) =>
        Files(directory).Select(path => NameOf(path, pathOf)).OfType<MerkleHash>();

    private static MerkleHash? NameOf(string path, Func<MerkleHash, string> pathOf) =>
        MerkleHash.TryParse(Path.GetFileName(path), out var hash) && pathOf(hash) == path ? hash : null;
}
