using System.Security.Cryptography;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>
/// The stores of a gateway, each with the state that it has here. The state of the store <c>default</c> is the state
/// directory itself, that of another is in <c>stores/NAME</c> below it.
/// </summary>
internal sealed class OpenedStores : IAsyncDisposable
{
    private const string StoresName = "stores";

    private readonly List<OpenedStore> _stores = [];
    private StateDirectory? _root;

    private OpenedStores()
    {
    }

    /// <summary>The state directory: its key signs the handles of all exports.</summary>
    public StateDirectory Root => _root!;

    public IReadOnlyList<OpenedStore> All => _stores;

    /// <summary>Refuses what <see cref="OpenAsync"/> would refuse of the states, and changes nothing.</summary>
    public static void Check(ServeSettings settings)
    {
        StateDirectory.Check(settings.State);
        var names = settings.Exported.Stores.Select(store => store.Name).ToArray();
        if (!names.Contains(StoreSettings.Default) && File.Exists(StateDirectory.DatabasePathOf(settings.State)))
        {
            throw new UsageException(
                $"The state directory {settings.State} has files of a store that was given with --store; give that "
                + $"store the name {StoreSettings.Default} in the file, or take another state directory.");
        }

        // Where there are none yet, there is nothing to refuse.
        foreach (var path in names.Where(name => name != StoreSettings.Default)
            .Select(name => PathOf(settings.State, name)).Where(Directory.Exists))
        {
            StateDirectory.Check(path);
        }
    }

    /// <summary>
    /// Opens the stores, then their states: a store that is not there leaves no trace. Throws
    /// <see cref="StoreUnavailableException"/> or <see cref="StateUnavailableException"/>.
    /// </summary>
    public static async Task<OpenedStores> OpenAsync(
        ServeSettings settings, TimeProvider clock, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var opened = new OpenedStores();
        try
        {
            foreach (var (name, url) in settings.Exported.Stores)
            {
                // A store whose disk is not mounted must not become a new one.
                var identity = GatewayFileSystem.FindStoreIdentity(PathOf(settings.State, name));
                var store = await StoreOpener.OpenStoreAsync(
                    url, clock, logs, cancellationToken, identity, settings.Hub).ConfigureAwait(false);
                opened._stores.Add(new OpenedStore(name, store));
            }

            opened.OpenStates(settings.State, logs.CreateLogger(typeof(OpenedStores)));
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The same exports; those of stores that take no changes are read-only, unless changes stay here.</summary>
    public GatewayConfig Restrict(GatewayConfig config) => config with
    {
        Exports = [.. config.Exports.Select(export => !export.IsOverlay && _stores.Exists(
            store => store.Name == export.Store && store.Store.IsReadOnly)
            ? export with { Rules = export.Rules with { IsReadOnly = true } }
            : export)],
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            if (store.State != _root)
            {
                store.State?.Dispose();
            }
        }

        _root?.Dispose();
        foreach (var store in _stores)
        {
            await store.Store.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void OpenStates(string path, ILogger log)
    {
        _root = StateDirectory.Open(path);
        foreach (var store in _stores)
        {
            if (store.Name == StoreSettings.Default)
            {
                store.State = _root;
                continue;
            }

            store.State = StateDirectory.Open(Path.Combine(_root.MakeDirectory(StoresName), store.Name));
            store.StateMark = Convert.ToHexString(SHA256.HashData(store.State.HandleKey));
        }

        WarnOfOthers(log);
    }

    private void WarnOfOthers(ILogger log)
    {
        var stores = Path.Combine(Root.Path, StoresName);
        foreach (var path in Directory.Exists(stores) ? Directory.GetDirectories(stores) : [])
        {
            if (!_stores.Exists(store => store.Name == Path.GetFileName(path)))
            {
                Log.StoreLeftOut(log, Path.GetFileName(path), path);
            }
        }
    }

    private static string PathOf(string state, string name) =>
        name == StoreSettings.Default ? state : Path.Combine(state, StoresName, name);
}

/// <summary>One store with its state.</summary>
internal sealed class OpenedStore(string name, IStore store)
{
    public string Name { get; } = name;

    public IStore Store { get; } = store;

    public StateDirectory State { get; set; } = null!;

    /// <summary>
    /// What tells this state from one that is made in its place later; see <see cref="ExportPlace.State"/>.
    /// </summary>
    public string StateMark { get; set; } = ExportPlace.RootState;
}
