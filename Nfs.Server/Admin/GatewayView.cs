using Vfs.Core;

namespace Nfs.Server.Admin;

/// <summary>
/// What operators see of a gateway, from the moment that it has an admin address until it is gone. The lock guards the
/// phase and what is attached; nothing is called under it.
/// </summary>
internal sealed class GatewayView : IDisposable
{
    private readonly GatewayDescription _description;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _started;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();

    private GatewayPhase _phase = GatewayPhase.Starting; // Guarded by _gate.
    private DateTimeOffset _phaseSince; // Guarded by _gate.
    private IGateway? _gateway; // Guarded by _gate.
    private Func<NfsServerStatistics>? _wire; // Guarded by _gate.
    private string? _listen; // Guarded by _gate.

    public GatewayView(GatewayDescription description, TimeProvider clock)
    {
        _description = description;
        _clock = clock;
        _started = clock.GetUtcNow();
        _phaseSince = _started;
    }

    /// <summary>Cancelled when the gateway begins to stop; requests that wait must not hold it up.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The file system; null while there is none to ask.</summary>
    public IGateway? Gateway
    {
        get
        {
            lock (_gate)
            {
                return _phase == GatewayPhase.Serving ? _gateway : null;
            }
        }
    }

    /// <summary>From now on clients are served.</summary>
    public void BeginServing(IGateway gateway, Func<NfsServerStatistics> wire, string listen)
    {
        lock (_gate)
        {
            if (_phase != GatewayPhase.Starting)
            {
                return;
            }

            _phase = GatewayPhase.Serving;
            _phaseSince = _clock.GetUtcNow();
            _gateway = gateway;
            _wire = wire;
            _listen = listen;
        }
    }

    /// <summary>
    /// From now on nothing new is begun. The file system's figures go on: they tell what a stop still has to send.
    /// </summary>
    public void BeginStopping()
    {
        lock (_gate)
        {
            if (_phase == GatewayPhase.Stopping)
            {
                return;
            }

            _phase = GatewayPhase.Stopping;
            _phaseSince = _clock.GetUtcNow();
            _wire = null;
        }

        _stopping.Cancel();
    }

    public Readiness GetReadiness()
    {
        var (phase, since, gateway, _, _) = Read();
        return ReadinessOf(phase, since, gateway?.GetStatus());
    }

    public StatusDocument GetStatus()
    {
        var (phase, since, gateway, wire, listen) = Read();
        var files = gateway?.GetStatus();
        var calls = wire?.Invoke();
        var readiness = ReadinessOf(phase, since, files);
        return new StatusDocument
        {
            Version = ProductVersion.Text,
            ProcessId = Environment.ProcessId,
            Phase = phase.ToString().ToLowerInvariant(),
            Ready = readiness.IsReady,
            ReadyReason = readiness.Reason,
            ReadySince = readiness.Since,
            Started = _started,
            UptimeSeconds = Seconds(_clock.GetUtcNow() - _started),
            StateDirectory = _description.StateDirectory,
            Listen = listen,
            Admin = _description.Admin,
            Exports = _description.Exports,
            Connections = calls?.Connections ?? 0,
            CallsInFlight = calls?.CallsInFlight ?? 0,
            OldestCallSeconds = calls?.OldestCallAge is { } callAge ? Seconds(callAge) : null,
            Calls = (ulong)(calls?.Calls.Sum(call => call.Value) ?? 0),
            ReceivedBytes = (ulong)(calls?.BytesReceived ?? 0),
            SentBytes = (ulong)(calls?.BytesSent ?? 0),
            DirtyBytes = files?.DirtyBytes ?? 0,
            DirtyFiles = files?.DirtyFiles ?? 0,
            OldestDirtySeconds = files?.OldestDirtyAge is { } dirtyAge ? Seconds(dirtyAge) : null,
            LocalBytes = files?.LocalBytes ?? 0,
            LocalFiles = files?.LocalFiles ?? 0,
            LocalChanges = files?.LocalChanges ?? 0,
            Queue = files?.QueueLength ?? 0,
            CacheBytes = files?.CacheBytes ?? 0,
            CacheBytesMax = files?.CacheBytesMax ?? 0,
            Store = new StoreStatus(
                _description.StoreUrl, files?.StoreReachable ?? true, files?.StoreSince ?? _started,
                files?.LastFailure),
            FetchedBytes = files?.FetchedBytes ?? 0,
            StoredBytes = files?.StoredBytes ?? 0,
            Conflicts = files?.Conflicts ?? 0,
            RemoteChanges = files?.RemoteChanges ?? 0,
            Inodes = files?.Inodes ?? 0,
            MemoryBytes = (ulong)Environment.WorkingSet,
        };
    }

    /// <summary>Figures of the NFS side; null while it does not serve.</summary>
    public NfsServerStatistics? GetCalls() => Read().Wire?.Invoke();

    public void Dispose() => _stopping.Dispose();

    private static Readiness ReadinessOf(GatewayPhase phase, DateTimeOffset since, GatewayStatus? files) => phase switch
    {
        GatewayPhase.Starting => new Readiness(false, "The gateway is starting.", since),
        GatewayPhase.Stopping => new Readiness(false, "The gateway is stopping.", since),
        GatewayPhase.Serving when files is { StoreReachable: false } => new Readiness(
            false,
            "The store is away; cached files are served and writes are kept here."
            + (files.LastFailure is null ? "" : " Last failure: " + PlainText.Escape(files.LastFailure)),
            files.StoreSince),
        GatewayPhase.Serving => new Readiness(true, "The gateway is serving.", since),
    };

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    private Attached Read()
    {
        lock (_gate)
        {
            return new Attached(_phase, _phaseSince, _gateway, _wire, _listen);
        }
    }

    private readonly record struct Attached(
        GatewayPhase Phase, DateTimeOffset Since, IGateway? Gateway, Func<NfsServerStatistics>? Wire, string? Listen);
}
