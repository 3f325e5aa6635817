using Cas.Client.Transfer;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The embedded store: a directory with content in files and the tree in a database. One process has it open at a
/// time. See <see cref="StoreLayout"/> for what lies where.
/// </summary>
internal sealed class LocalStore : IStore
{
    /// <summary>More names than a store has tell nothing new.</summary>
    private const int NamesMax = 64;

    private readonly string _directory;
    private readonly StoreLock _lock;
    private readonly LocalContentStore _content;
    private readonly LocalTree _tree;

    private LocalStore(
        string url, string directory, string identity, StoreLock owned, LocalContentStore content, LocalTree tree)
    {
        Url = url;
        Identity = identity;
        _directory = directory;
        _lock = owned;
        _content = content;
        _tree = tree;
    }

    public string Url { get; }

    public string Identity { get; }

    public IContentStore Content => _content;

    public IRemoteTree Tree => _tree;

    /// <summary>
    /// Opens the store in a directory, or makes one if the directory is empty and no certain one is expected. Blocks on
    /// the disk. Throws <see cref="StoreUnavailableException"/>.
    /// </summary>
    public static LocalStore Open(
        string url, string directory, string? expectedIdentity, TimeProvider time, ILoggerFactory loggers)
    {
        try
        {
            return OpenChecked(url, directory, expectedIdentity, time, loggers.CreateLogger<LocalStore>());
        }
        catch (Exception e) when (IoErrorMap.Covers(e) || e is DllNotFoundException)
        {
            throw new StoreUnavailableException($"The store in {directory} cannot be opened: {e.Message}", e);
        }
    }

    public async ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var marker = await Task.Run(() => StoreMarker.Read(_directory), cancellationToken);
            return marker?.Identity == Identity
                ? true
                : CasResult.Fail<bool>(
                    CasError.Unreachable, $"{_directory} is not this store any more: is its disk mounted?");
        }
        catch (StoreUnavailableException e)
        {
            return CasResult.Fail<bool>(CasError.Unreachable, e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tree.DisposeAsync();
        _content.Dispose();

        // Last: the next owner may start the moment that this is free.
        _lock.Dispose();
    }

    private static LocalStore OpenChecked(
        string url, string directory, string? expectedIdentity, TimeProvider time, ILogger logger)
    {
        // Everything that can refuse without writing does so before the lock file is made.
        RequireIdentity(directory, Check(directory), expectedIdentity);
        var owned = StoreLock.Take(directory);
        try
        {
            // Another process may have made the store, or filled the directory, before this one had the lock.
            var files = new ContentDirectory(directory, logger);
            var marker = Check(directory);
            if (marker is null)
            {
                marker = Make(directory, files, time);
                logger.StoreCreated(directory, marker.Identity);
            }

            RequireParts(directory, files);
            files.RemoveLeftovers();
            var index = IndexRecovery.Open(Path.Join(directory, StoreLayout.Index), files, logger);
            var content = new LocalContentStore(files, index, time, new UploadLimits(), logger);
            try
            {
                var tree = LocalTree.Open(Path.Join(directory, StoreLayout.Tree));
                logger.StoreOpened(directory, marker.Identity);
                return new LocalStore(url, directory, marker.Identity, owned, content, tree);
            }
            catch
            {
                content.Dispose();
                throw;
            }
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>The marker of a store, null for a directory that may become one; throws for everything else.</summary>
    private static StoreMarker? Check(string directory)
    {
        RequireDirectory(directory);
        var names = Directory.EnumerateFileSystemEntries(directory).Take(NamesMax).Select(Name).ToList();
        if (StoreMarker.Read(directory) is { } marker)
        {
            return marker;
        }

        return StoreLayout.IsEmpty(names)
            ? null
            : throw new StoreUnavailableException(
                $"The directory {directory} is not a store, and not empty; give an empty directory for a new store.");
    }

    private static void RequireIdentity(string directory, StoreMarker? marker, string? expectedIdentity)
    {
        if (expectedIdentity is not null && marker?.Identity != expectedIdentity)
        {
            var found = marker is null ? "an empty directory" : "another store";
            throw new StoreUnavailableException(
                $"{directory} is {found}, and this state was made with a different one; give that store (is its disk "
                + "mounted?), or another --state.");
        }
    }

    private static string Name(string path) => Path.GetFileName(path);

    private static void RequireDirectory(string directory)
    {
        try
        {
            // Directory.Exists also says no when it may not look.
            if (!File.GetAttributes(directory).HasFlag(FileAttributes.Directory))
            {
                throw new StoreUnavailableException($"The store {directory} is a file; a store is a directory.");
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreUnavailableException(
                $"The store directory {directory} does not exist; create it with mkdir -p {directory}", e);
        }
    }

    private static StoreMarker Make(string directory, ContentDirectory files, TimeProvider time)
    {
        var marker = StoreMarker.Create();
        marker.WriteUnfinished(directory, time);
        files.Create();
        LocalTree.Create(Path.Join(directory, StoreLayout.Tree));
        StoreMarker.Finish(directory);
        return marker;
    }

    /// <summary>
    /// A part that is missing is never made anew: an empty tree would look as if everybody had deleted everything.
    /// </summary>
    private static void RequireParts(string directory, ContentDirectory files)
    {
        if (!files.Exists || !File.Exists(Path.Join(directory, StoreLayout.Tree)))
        {
            throw new StoreUnavailableException(
                $"The store in {directory} is damaged: {StoreLayout.Tree}, {StoreLayout.Xorbs}, " +
                $"{StoreLayout.Shards} or {StoreLayout.Temporary} is missing; bring it back from a backup.");
        }
    }
}
