using System.Text;
using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// Several stores as one gateway, for operators: figures are sums, and paths are what clients see. With one export a
/// path starts at its root, with several it starts with an export's path.
/// </summary>
internal sealed class ExportedGateway(
    IReadOnlyList<GatewayStore> stores, IReadOnlyList<GatewayExport> exports) : IGateway
{
    /// <inheritdoc/>
    public GatewayStatus GetStatus()
    {
        var all = stores.Select(store => (store.Name, Status: store.Gateway.GetStatus())).ToArray();
        var away = Array.FindAll(all, entry => !entry.Status.StoreReachable);
        var failed = Array.Find(away.Length > 0 ? away : all, entry => entry.Status.LastFailure is not null);
        return new GatewayStatus
        {
            DirtyBytes = Sum(all, status => status.DirtyBytes),
            DirtyFiles = all.Sum(entry => entry.Status.DirtyFiles),
            OldestDirtyAge = all.Max(entry => entry.Status.OldestDirtyAge),
            LocalBytes = Sum(all, status => status.LocalBytes),
            LocalFiles = all.Sum(entry => entry.Status.LocalFiles),
            LocalChanges = all.Sum(entry => entry.Status.LocalChanges),
            QueueLength = all.Sum(entry => entry.Status.QueueLength),
            CacheBytes = Sum(all, status => status.CacheBytes),
            CacheBytesMax = Sum(all, status => status.CacheBytesMax),
            FetchedBytes = Sum(all, status => status.FetchedBytes),
            StoredBytes = Sum(all, status => status.StoredBytes),
            StoreReachable = away.Length == 0,
            StoreSince = away.Length > 0
                ? away.Min(entry => entry.Status.StoreSince)
                : all.Max(entry => entry.Status.StoreSince),
            LastFailure = failed.Status?.LastFailure is { } failure && stores.Count > 1
                ? $"{failed.Name}: {failure}"
                : failed.Status?.LastFailure,
            Conflicts = Sum(all, status => status.Conflicts),
            RemoteChanges = Sum(all, status => status.RemoteChanges),
            Inodes = Sum(all, status => status.Inodes),
        };
    }

    /// <inheritdoc/>
    public async Task<VfsResult<IReadOnlyList<SyncedFile>>> SyncAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        var rows = new List<SyncedFile>();
        var targets = TargetsOf(Encoding.UTF8.GetString(path.Span).Trim('/'));
        foreach (var target in targets)
        {
            var result = await target.Store.Gateway
                .SyncAsync(Encoding.UTF8.GetBytes(target.Path), cancellationToken).ConfigureAwait(false);
            if (!result.IsOk)
            {
                return result.Error;
            }

            rows.AddRange(result.Value.Select(row => row with { Path = Shown(target, row.Path) }));
        }

        return targets.Count == 0 ? VfsError.NoEnt : rows;
    }

    /// <inheritdoc/>
    public async Task<VfsResult<ulong>> EvictAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        ulong bytes = 0;
        var targets = TargetsOf(Encoding.UTF8.GetString(path.Span).Trim('/'));
        foreach (var target in targets)
        {
            var result = await target.Store.Gateway
                .EvictAsync(Encoding.UTF8.GetBytes(target.Path), cancellationToken).ConfigureAwait(false);
            if (!result.IsOk)
            {
                return result.Error;
            }

            bytes += result.Value;
        }

        return targets.Count == 0 ? VfsError.NoEnt : bytes;
    }

    /// <summary>
    /// What a path stands for in the stores. Everything is all of every store, exported or not: whoever wants to lose
    /// nothing asks for that.
    /// </summary>
    private List<Target> TargetsOf(string path)
    {
        if (path.Length == 0)
        {
            return [.. stores.Select(store => new Target(store, "", null))];
        }

        if (exports.Count == 1)
        {
            return [new Target(exports[0].Store, Join(exports[0].Subtree, path), exports[0])];
        }

        var targets = exports
            .Where(export => export.Path != path && IsIn(export.Path, path))
            .Select(export => new Target(export.Store, export.Subtree, export)).ToList();
        if (exports.Where(export => IsIn(path, export.Path)).MaxBy(export => export.Path.Length) is { } holder)
        {
            var below = Join(holder.Subtree, Below(path, holder.Path));
            targets.Insert(0, new Target(holder.Store, below, holder));
        }

        return targets;
    }

    /// <summary>The path of a store's file as clients see it, or with the store's name if they do not.</summary>
    private string Shown(Target target, string path)
    {
        var export = target.Export ?? exports
            .Where(export => export.Store == target.Store && IsIn(path, export.Subtree))
            .MaxBy(export => export.Subtree.Length);
        if (export is null)
        {
            return $"{target.Store.Name}:{path}";
        }

        var below = Below(path, export.Subtree);
        return exports.Count == 1 ? below : Join(export.Path, below);
    }

    private static ulong Sum((string, GatewayStatus Status)[] all, Func<GatewayStatus, ulong> figure) =>
        all.Aggregate(0UL, (sum, entry) => sum + figure(entry.Status));

    private static bool IsIn(string path, string directory) =>
        directory.Length == 0 || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static string Below(string path, string directory) =>
        directory.Length == 0 ? path : path.Length == directory.Length ? "" : path[(directory.Length + 1)..];

    private static string Join(string directory, string path) =>
        directory.Length == 0 ? path : path.Length == 0 ? directory : $"{directory}/{path}";

    private sealed record Target(GatewayStore Store, string Path, GatewayExport? Export);
}

/// <summary>A store's file system, and the name of the store for people.</summary>
internal sealed record GatewayStore(string Name, IGateway Gateway);

/// <summary>Where an export's files are. Paths have components joined by '/', none at the ends.</summary>
/// <param name="Path">What clients mount; empty for '/'.</param>
/// <param name="Store">The store.</param>
/// <param name="Subtree">The directory in the store's tree; empty for all of it.</param>
internal sealed record GatewayExport(string Path, GatewayStore Store, string Subtree);
