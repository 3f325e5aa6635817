using Cas.Client.Composition;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The embedded store: a directory with content in files and the tree in a database. One process has it open at a
/// time. See <see cref="StoreLayout"/> for what lies where.
/// </summary>
internal sealed class LocalStore : IStore
{
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
            var reason = IoErrorMap.Map(e) == CasError.NoSpace
                ? $"its disk is full; make room on it ({e.Message.TrimEnd('.')})."
                : e.Message;
            throw new StoreUnavailableException($"The store in {directory} cannot be opened: {reason}", e);
        }
    }

    public async ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken)
    {
        try
        {
            var register = new StateRegister(Path.Join(_directory, StoreLayout.Tree));
            await Task.Run(() => register.Add(state), cancellationToken);
            return true;
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<bool>(e);
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
        await _content.DisposeAsync();

        // Last: the next owner may start the moment that this is free.
        _lock.Dispose();
    }

    private static LocalStore OpenChecked(
        string url, string directory, string? expectedIdentity, TimeProvider time, ILogger logger)
    {
        // Everything that can refuse without writing does so before the lock file is made.
        RequireIdentity(directory, StorePresence.Find(directory), expectedIdentity);
        var owned = StoreLock.Take(directory);
        try
        {
            // Another process may have made the store, or filled the directory, before this one had the lock.
            var files = new ContentDirectory(directory, logger);
            var marker = StorePresence.Find(directory);
            if (marker is null)
            {
                marker = Make(directory, files, time);
                logger.StoreCreated(directory, marker.Identity);
            }

            StorePresence.RequireParts(directory, files);
            files.RemoveLeftovers();
            var index = IndexRecovery.Open(Path.Join(directory, StoreLayout.Index), files, logger);
            try
            {
                var tree = LocalTree.Open(Path.Join(directory, StoreLayout.Tree));
                var content = new LocalContentStore(
                    files, index, time, logger, new UploadLimits(), ComposeLimits.Default);
                logger.StoreOpened(directory, marker.Identity);
                return new LocalStore(url, directory, marker.Identity, owned, content, tree);
            }
            catch
            {
                index.Dispose();
                throw;
            }
        }
        catch
        {
            owned.Dispose();
            throw;
        }
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

    private static StoreMarker Make(string directory, ContentDirectory files, TimeProvider time)
    {
        var marker = StoreMarker.Create();
        marker.WriteUnfinished(directory, time);
        files.Create();
        LocalTree.Create(Path.Join(directory, StoreLayout.Tree));
        StoreMarker.Finish(directory);
        return marker;
    }
}
