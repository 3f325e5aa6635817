namespace Cas.Client.Backends.Hub.Http;

/// <summary>A call that failed, judged by <see cref="FailureTable"/>.</summary>
internal sealed class HubFailure : CasException
{
    public HubFailure(FailureKind kind, string message, Exception? inner = null)
        : base(kind.Error, message, inner) => MayRetry = kind.MayRetry;

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public bool MayRetry { get; }

    /// <summary>The status that was answered; 0 if nothing was.</summary>
    public int Status { get; init; }

    /// <summary>What the Hub calls the problem, such as EntryNotFound; null if it does not say.</summary>
    public string? Code { get; init; }

    /// <summary>How long the server asks to wait; null if it does not.</summary>
    public TimeSpan? Wait { get; init; }
}
