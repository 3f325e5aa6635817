namespace Nfs.Server.Admin;

/// <summary>Where a gateway is in its life; it only goes forward.</summary>
internal enum GatewayPhase : byte
{
    /// <summary>Opening and recovering; no client is served.</summary>
    Starting,

    /// <summary>Clients are served.</summary>
    Serving,

    /// <summary>No new calls; making everything durable.</summary>
    Stopping,
}

/// <summary>Whether work should be sent here.</summary>
/// <param name="IsReady">True while clients are served and the store answers.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Since">Since when it is so.</param>
internal readonly record struct Readiness(bool IsReady, string Reason, DateTimeOffset Since);
