using Nfs.Server;
using Nfs.Server.Admin;
using Vfs.Core;

namespace Nfs.Tests.Server.Admin;

/// <summary>Figures to show.</summary>
internal static class Statuses
{
    public static DateTimeOffset Since { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static GatewayDescription Description { get; } = new()
    {
        StateDirectory = "/s",
        StoreUrl = "file:///store",
        Admin = "http://127.0.0.1:2050/",
        Exports = [new ExportStatus("/x", true, false, "root", "default", "/", ["10.0.0.0/8"])],
    };

    /// <summary>A gateway whose store is away.</summary>
    public static GatewayStatus Files { get; } = new()
    {
        DirtyBytes = 12345,
        DirtyFiles = 3,
        LocalBytes = 2048,
        LocalFiles = 1,
        LocalChanges = 4,
        OldestDirtyAge = TimeSpan.FromSeconds(4.5),
        QueueLength = 4,
        CacheBytes = 5,
        CacheBytesMax = 6,
        FetchedBytes = 7,
        StoredBytes = ulong.MaxValue,
        StoreReachable = false,
        StoreSince = Since,
        LastFailure = "no route to <host>",
        Conflicts = 10,
        RemoteChanges = 11,
        Inodes = 9,
    };

    public static NfsServerStatistics Wire { get; } = new()
    {
        Connections = 2,
        ConnectionsRefused = 3,
        BytesInFlight = 4,
        CallsInFlight = 1,
        OldestCallAge = null,
        BytesReceived = 10,
        BytesSent = 11,
        RpcErrors = 12,
        DuplicateHits = 13,
        Calls = [new("LOOKUP", 1), new("READ", 7)],
        Errors = [new("NFS3ERR_NOENT", 1)],
    };

    public static StatusDocument Full()
    {
        using var view = new GatewayView(Description, TimeProvider.System);
        view.BeginServing(new FixedGateway(Files), () => Wire, "127.0.0.1:2049");
        return view.GetStatus();
    }

    private sealed class FixedGateway(GatewayStatus status) : IGateway
    {
        public GatewayStatus GetStatus() => status;

        public Task<VfsResult<IReadOnlyList<SyncedFile>>> SyncAsync(
            ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<VfsResult<ulong>> EvictAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
