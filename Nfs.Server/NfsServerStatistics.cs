namespace Nfs.Server;

/// <summary>Figures of the wire side since the start; a snapshot.</summary>
public sealed record NfsServerStatistics
{
    /// <summary>Open connections.</summary>
    public required int Connections { get; init; }

    /// <summary>Connections that were turned away because there were too many.</summary>
    public required long ConnectionsRefused { get; init; }

    /// <summary>Receive buffers, and replies that are not sent.</summary>
    public required long BytesInFlight { get; init; }

    /// <summary>Calls that are running or whose replies are not sent.</summary>
    public required int CallsInFlight { get; init; }

    /// <summary>Age of the oldest call that waits for something; null if none does.</summary>
    public required TimeSpan? OldestCallAge { get; init; }

    /// <summary>NFS calls by procedure name, in the order of their numbers.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Calls { get; init; }

    /// <summary>NFS results other than NFS3_OK by name; those that never happened are left out.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Errors { get; init; }

    /// <summary>Calls that were refused before a program saw them, or that failed inside the server.</summary>
    public required long RpcErrors { get; init; }

    /// <summary>Retransmissions that were answered with the reply of the first call.</summary>
    public required long DuplicateHits { get; init; }

    /// <summary>Bytes received.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes sent.</summary>
    public required long BytesSent { get; init; }
}
