using Cas.Client;
using Microsoft.Extensions.Logging;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Operations;

namespace Vfs.Core;

/// <summary>
/// The file system of a gateway: namespace in the state database, contents in staging files over a store. Made by
/// <see cref="OpenAsync"/>; disposing makes everything locally durable, and what is not in the store yet is sent after
/// the next start.
/// </summary>
public sealed class GatewayFileSystem : IFileSystem, IGateway, IAsyncDisposable
{
    private readonly GatewayParts _parts;
    private readonly Write _write;
    private readonly Read _read;
    private readonly SetAttributes _setAttributes;
    private readonly Operators _operators;

    private GatewayFileSystem(GatewayParts parts, GatewayOptions options)
    {
        _parts = parts;
        _write = new Write(parts.Tree, parts.Contents, parts.Rounds, parts.Space, parts.Verifier, parts.Clock);
        _read = new Read(parts.Tree, parts.Contents, parts.Hydrator, parts.Missing, parts.Clock);
        _setAttributes = new SetAttributes(parts.Tree, parts.Contents, parts.Rounds, parts.Space);
        _operators = new Operators(parts, options);
    }

    /// <summary>
    /// Opens the state, recovers what a crash left, takes over the store's tree if the state is new, and starts to
    /// synchronise. The store stays the caller's to dispose, after this object.
    /// </summary>
    /// <exception cref="StateUnavailableException">The state belongs to another store, or cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">The store's tree cannot be read.</exception>
    public static async Task<GatewayFileSystem> OpenAsync(
        StateDirectory state, IStore store, GatewayOptions options, TimeProvider clock, ILoggerFactory logs,
        CancellationToken cancellationToken)
    {
        var parts = GatewayParts.Open(state, store, options, clock, logs.CreateLogger("Vfs"));
        try
        {
            await parts.RecoverAsync(cancellationToken);
            return new GatewayFileSystem(parts, options);
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The identity of the store that the state at <paramref name="statePath"/> was made with; null if there is no
    /// state yet. Changes nothing.
    /// </summary>
    /// <exception cref="StateUnavailableException">The state cannot be read.</exception>
    public static string? FindStoreIdentity(string statePath) => StateIdentity.FindStore(statePath);

    /// <summary>Contents in memory, idle ones included; for tests of the bound.</summary>
    internal int ContentsInMemory => _parts.Contents.Snapshot().Count;

    /// <summary>Waits until names and attributes are on stable storage as they are at the call; for tests.</summary>
    internal Task<VfsError> WhenDurableAsync() => _parts.Tree.Commit.WhenDurableAsync();

    /// <summary>Asks the store now what others changed, and takes it over; false if it failed. For tests.</summary>
    internal Task<bool> PollAsync() => _parts.Poller.PollAsync(default);

    /// <inheritdoc/>
    public VfsResult<Attributes> GetAttributes(InodeId id) => Inspect.GetAttributes(_parts.Tree, id);

    /// <inheritdoc/>
    public ValueTask<ChangeResult> SetAttributesAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard, CancellationToken cancellationToken) =>
        _setAttributes.RunAsync(caller, id, changes, guard);

    /// <inheritdoc/>
    public LookupResult Lookup(Caller caller, InodeId directory, FileName name) =>
        Operations.Lookup.Run(_parts.Tree, caller, directory, name);

    /// <inheritdoc/>
    public ValueTask<bool> FindElsewhereAsync(InodeId directory, FileName name) =>
        _parts.Elsewhere.FindAsync(directory, name);

    /// <inheritdoc/>
    public AccessResult CheckAccess(Caller caller, InodeId id, AccessBits asked) =>
        Inspect.CheckAccess(_parts.Tree, caller, id, asked);

    /// <inheritdoc/>
    public ReadLinkResult ReadLink(InodeId id) => Inspect.ReadLink(_parts.Tree, id);

    /// <inheritdoc/>
    public ValueTask<ReadResult> ReadAsync(
        Caller caller, InodeId id, ulong offset, int count, CancellationToken cancellationToken) =>
        _read.RunAsync(caller, id, offset, count, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteResult> WriteAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability,
        CancellationToken cancellationToken) =>
        _write.RunAsync(caller, id, offset, data, stability);

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(
        InodeId id, ulong offset, uint count, CancellationToken cancellationToken) => _write.CommitAsync(id);

    /// <inheritdoc/>
    public async ValueTask<CreateResult> CreateAsync(
        Caller caller, InodeId directory, FileName name, CreateMode mode, AttributeChanges initial, ulong verifier,
        CancellationToken cancellationToken)
    {
        var (result, existed) = await Create.RunAsync(
            _parts.Tree, caller, directory, name, mode, initial, verifier);
        if (result.Error != VfsError.None || mode == CreateMode.Exclusive || initial.Size is not { } size
            || result.Object is not { } made || made.Size == size)
        {
            return result;
        }

        // A new file is as long as asked; an existing one is only ever emptied (open with O_TRUNC). One that is not
        // empty and did not exist was made by the same call before a restart, and may have been written since.
        if (existed ? size != 0 : GetAttributes(made.Id) is not { IsOk: true, Value.Size: 0 })
        {
            return result;
        }

        var holder = result.Directory;
        var resizer = existed ? caller : Caller.Root with { Request = caller.Request };
        var changes = new AttributeChanges { Size = size, Mtime = existed ? default : initial.Mtime };
        var resized = await _setAttributes.ResizeAsync(
            resizer, made.Id, changes, size, null, wcc => new RequestOutcome(wcc.After, holder));
        return resized.Error == VfsError.None
            ? result with { Object = resized.Wcc.After }
            : new CreateResult(resized.Error, null, result.Directory);
    }

    /// <inheritdoc/>
    public ValueTask<CreateResult> MakeDirectoryAsync(
        Caller caller, InodeId directory, FileName name, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        Make.RunAsync(_parts.Tree, caller, directory, name, new Make.Kind(InodeType.Directory), initial);

    /// <inheritdoc/>
    public ValueTask<CreateResult> MakeSymlinkAsync(
        Caller caller, InodeId directory, FileName name, ReadOnlyMemory<byte> target, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        Make.RunAsync(_parts.Tree, caller, directory, name, new Make.Kind(InodeType.SymbolicLink, target), initial);

    /// <inheritdoc/>
    public async ValueTask<CreateResult> MakeNodeAsync(
        Caller caller, InodeId directory, FileName name, InodeType type, uint deviceMajor, uint deviceMinor,
        AttributeChanges initial, CancellationToken cancellationToken)
    {
        if (type is InodeType.Regular or InodeType.Directory or InodeType.SymbolicLink)
        {
            var holder = GetAttributes(directory);
            return new CreateResult(
                holder.IsOk ? VfsError.BadType : holder.Error, null,
                holder.IsOk ? new WccData(holder.Value.Wcc, holder.Value) : default);
        }

        var kind = new Make.Kind(type, default, deviceMajor, deviceMinor);
        return await Make.RunAsync(_parts.Tree, caller, directory, name, kind, initial);
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeResult> RemoveAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken)
    {
        var (result, gone) = await Remove.RunAsync(_parts.Tree, caller, directory, name, wantsDirectory: false);
        _parts.Discards.Add(result.Error, gone);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeResult> RemoveDirectoryAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken)
    {
        var (result, _) = await Remove.RunAsync(_parts.Tree, caller, directory, name, wantsDirectory: true);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<RenameResult> RenameAsync(
        Caller caller, InodeId fromDirectory, FileName fromName, InodeId toDirectory, FileName toName,
        CancellationToken cancellationToken)
    {
        var (result, gone) = await Rename.RunAsync(
            _parts.Tree, caller, fromDirectory, fromName, toDirectory, toName);
        _parts.Discards.Add(result.Error, gone);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<LinkResult> LinkAsync(
        Caller caller, InodeId id, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        Link.RunAsync(_parts.Tree, caller, id, directory, name);

    /// <inheritdoc/>
    public ReadDirectoryResult ReadDirectory(
        Caller caller, InodeId directory, ulong cookie, int entriesMax, bool withAttributes,
        List<DirectoryEntry> entries) =>
        Operations.ReadDirectory.Run(_parts.Tree, caller, directory, cookie, entriesMax, withAttributes, entries);

    /// <inheritdoc/>
    public FileSystemStatistics GetStatistics() => _operators.GetStatistics();

    /// <inheritdoc/>
    public GatewayStatus GetStatus() => _operators.GetStatus();

    /// <inheritdoc/>
    public Task<VfsResult<IReadOnlyList<SyncedFile>>> SyncAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        _operators.SyncAsync(path, cancellationToken);

    /// <inheritdoc/>
    public Task<VfsResult<ulong>> EvictAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        _operators.EvictAsync(path, cancellationToken);

    /// <summary>
    /// Sends what is not in the store, oldest first, and tries again what fails, until everything is there or the token
    /// ends it. Something is always left while clients change files: stop serving them first.
    /// </summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _parts.DrainAsync(cancellationToken);

    /// <summary>
    /// Makes everything locally durable and ends what runs in the background, but for what hangs in a store that does
    /// not answer: that is left for disposing to wait for. From then on the file system may be asked for its status only.
    /// </summary>
    public Task StopAsync() => _parts.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _parts.DisposeAsync();
}
