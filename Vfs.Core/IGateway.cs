namespace Vfs.Core;

/// <summary>What operators do with a running file system: look, send now, drop the cache.</summary>
public interface IGateway
{
    /// <summary>Figures for status pages and metrics. Cheap.</summary>
    GatewayStatus GetStatus();

    /// <summary>
    /// Returns when everything under <paramref name="path"/> that was written before the call is in the store, or
    /// cannot be. One row a regular file, but for files that are kept here.
    /// </summary>
    /// <param name="path">Components from the root joined by '/'; empty for everything.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Rows; NoEnt when the path does not exist, Again when the gateway stops meanwhile.</returns>
    Task<VfsResult<IReadOnlyList<SyncedFile>>> SyncAsync(
        ReadOnlyMemory<byte> path, CancellationToken cancellationToken);

    /// <summary>
    /// Drops cached bytes under <paramref name="path"/> that the store holds, so that the next read fetches them.
    /// Dirty bytes stay. Returns bytes dropped, or NoEnt.
    /// </summary>
    Task<VfsResult<ulong>> EvictAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken);
}

/// <summary>One regular file after a sync.</summary>
/// <param name="Path">Path from the root as text, for people.</param>
/// <param name="Size">Bytes in the store.</param>
/// <param name="ContentHash">Hash in text form; empty if the file could not be stored.</param>
/// <param name="Failure">Why the file is not in the store, or null.</param>
public sealed record SyncedFile(string Path, ulong Size, string ContentHash, string? Failure);

/// <summary>A snapshot of the gateway's figures.</summary>
public sealed record GatewayStatus
{
    /// <summary>Bytes that are here and not yet in the store; none of files that are kept here.</summary>
    public required ulong DirtyBytes { get; init; }

    /// <summary>Files with such bytes.</summary>
    public required int DirtyFiles { get; init; }

    /// <summary>Age of the oldest such byte; null if none.</summary>
    public required TimeSpan? OldestDirtyAge { get; init; }

    /// <summary>Bytes that are here alone because they are kept here, and never sent.</summary>
    public required ulong LocalBytes { get; init; }

    /// <summary>Files with such bytes.</summary>
    public required int LocalFiles { get; init; }

    /// <summary>Names and objects that differ from the store because they are kept here.</summary>
    public required int LocalChanges { get; init; }

    /// <summary>Names and files waiting for reconciliation with the store's tree.</summary>
    public required int QueueLength { get; init; }

    /// <summary>Bytes of file content that are covered locally.</summary>
    public required ulong CacheBytes { get; init; }

    /// <summary>The limit on clean cached bytes.</summary>
    public required ulong CacheBytesMax { get; init; }

    /// <summary>Bytes fetched from the store since the start.</summary>
    public required ulong FetchedBytes { get; init; }

    /// <summary>Bytes sent to the store since the start.</summary>
    public required ulong StoredBytes { get; init; }

    /// <summary>Whether the last contact with the store succeeded.</summary>
    public required bool StoreReachable { get; init; }

    /// <summary>Since when <see cref="StoreReachable"/> has its value.</summary>
    public required DateTimeOffset StoreSince { get; init; }

    /// <summary>The last failure to reach the store or to send something, or null.</summary>
    public required string? LastFailure { get; init; }

    /// <summary>Paths since the start that had been changed here and by another writer of the store.</summary>
    public ulong Conflicts { get; init; }

    /// <summary>Changes of others that were taken over from the store since the start.</summary>
    public ulong RemoteChanges { get; init; }

    /// <summary>Inodes in the tree.</summary>
    public required ulong Inodes { get; init; }
}
