using Cas.Client;
using Microsoft.Extensions.Logging;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>The file systems of a gateway, one a store, and the exports in them.</summary>
internal sealed class OpenedFiles : IAsyncDisposable
{
    private const uint DirectoryMode = 0x1ED; // 0755

    private readonly List<OpenedFileSystem> _files = [];

    private OpenedFiles()
    {
    }

    /// <summary>What the server serves.</summary>
    public IReadOnlyList<ExportedTree> Exports { get; private set; } = [];

    /// <summary>What operators ask.</summary>
    public IGateway Gateway { get; private set; } = null!;

    /// <summary>
    /// Recovers every file system and finds the exports in them; a sub-tree that is not there is made. Throws
    /// <see cref="UsageException"/>, <see cref="StateUnavailableException"/> or
    /// <see cref="StoreUnavailableException"/>.
    /// </summary>
    public static async Task<OpenedFiles> OpenAsync(
        OpenedStores stores, GatewayConfig config, GatewayOptions options, TimeProvider clock, ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        var opened = new OpenedFiles();
        try
        {
            foreach (var store in stores.All)
            {
                var own = config.IsOverlay(store.Name) ? options with { LocalNames = LocalNames.All } : options;
                var files = await GatewayFileSystem.OpenAsync(
                    store.State, store.Store, own, clock, logs, cancellationToken).ConfigureAwait(false);
                opened._files.Add(new OpenedFileSystem(store, files, new GatewayStore(store.Name, files)));
            }

            await opened.ExportAsync(config.Exports, ExportIds.Load(stores.Root), cancellationToken)
                .ConfigureAwait(false);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends what is not in the stores, until everything is there or the token ends it.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_files.Select(entry => entry.Files.DrainAsync(cancellationToken)));

    /// <summary>Makes everything locally durable; see <see cref="GatewayFileSystem.StopAsync"/>.</summary>
    public Task StopAsync() => Task.WhenAll(_files.Select(entry => entry.Files.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _files)
        {
            await entry.Files.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ExportAsync(
        IReadOnlyList<ExportSettings> exports, ExportIds ids, CancellationToken cancellationToken)
    {
        var trees = new List<ExportedTree>();
        foreach (var export in exports)
        {
            var (store, files, _) = FileSystemOf(export);
            var place = new ExportPlace(export.Rules.Path, store.Name, export.Subtree, store.StateMark);
            var id = export.Id ?? ids.Of(place);
            var rules = export.Rules with { Id = id, Fsid = id };
            var root = await FindAsync(files, export, cancellationToken).ConfigureAwait(false);
            trees.Add(root == InodeId.Root
                ? new ExportedTree(rules, files)
                : new ExportedTree(rules, new Subtree(files, root), root));
        }

        ids.Save();
        Exports = trees;
        Gateway = new ExportedGateway(
            [.. _files.Select(entry => entry.ForOperators)],
            [.. exports.Select(export => new GatewayExport(
                export.Rules.Path.Trim('/'), FileSystemOf(export).ForOperators, export.Subtree))]);
    }

    private OpenedFileSystem FileSystemOf(ExportSettings export) =>
        _files.Find(entry => entry.Store.Name == export.Store)!;

    private static async Task<InodeId> FindAsync(
        GatewayFileSystem files, ExportSettings export, CancellationToken cancellationToken)
    {
        var id = InodeId.Root;
        foreach (var part in export.Subtree.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = FileName.From(part);
            var found = files.Lookup(Caller.Root, id, name).Object;
            if (found is null)
            {
                found = (await files.MakeDirectoryAsync(
                    Caller.Root, id, name, new AttributeChanges { Mode = DirectoryMode }, cancellationToken)
                    .ConfigureAwait(false)).Object;
            }

            id = found is { Type: InodeType.Directory } directory
                ? directory.Id
                : throw new UsageException(
                    $"The sub-tree /{export.Subtree} of the export {export.Rules.Path} is not a directory in the store "
                    + $"{export.Store} and cannot be made.");
        }

        return id;
    }

    private sealed record OpenedFileSystem(OpenedStore Store, GatewayFileSystem Files, GatewayStore ForOperators);
}
