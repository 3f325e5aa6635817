namespace Nfs.Server.Admin;

/// <summary>Figures of the NFS side, as status and metrics show them.</summary>
internal sealed record WireStatus
{
    public required int Connections { get; init; }

    public required int CallsInFlight { get; init; }

    /// <summary>Null if no call is in flight.</summary>
    public required TimeSpan? OldestCallAge { get; init; }

    public required ulong ReceivedBytes { get; init; }

    public required ulong SentBytes { get; init; }

    /// <summary>Finished calls since the start.</summary>
    public required IReadOnlyList<CallCount> Calls { get; init; }
}

/// <summary>How often a procedure ended with a status; names as in the RFCs.</summary>
internal readonly record struct CallCount(string Procedure, string Status, ulong Count);
