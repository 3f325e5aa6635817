using System.Text.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>What a failure means to the store's users, and whether the same call may succeed a moment later.</summary>
internal readonly record struct FailureKind(CasError Error, bool MayRetry);

/// <summary>
/// What each failure of a call means; the only place that knows. What is not understood is Unreachable: nobody may
/// conclude from it that data is gone.
/// </summary>
internal static class FailureTable
{
    /// <summary>No answer, a broken one, or one that makes no sense.</summary>
    public static FailureKind Broken { get; } = new(CasError.Unreachable, true);

    /// <summary>An answer whose bytes are not what they must be.</summary>
    public static FailureKind Damaged { get; } = new(CasError.Corrupt, true);

    /// <summary>For exception filters: whether <see cref="OfException"/> understands it; all else is a bug.</summary>
    public static bool Covers(Exception exception) => exception is
        CasException or HttpRequestException or IOException or JsonException or TimeoutRejectedException
        or BrokenCircuitException;

    /// <summary>A status that is not 2xx.</summary>
    public static FailureKind OfStatus(int status) => status switch
    {
        401 => new(CasError.Unauthorized, false),
        403 => new(CasError.Forbidden, false),
        404 or 410 => new(CasError.NotFound, false),
        413 or 507 => new(CasError.NoSpace, false),
        429 => new(CasError.Throttled, true),
        408 or 425 or 500 or 502 or 503 or 504 or (>= 520 and <= 529) => Broken,
        400 or 405 or 406 or 409 or 411 or 412 or 414 or 415 or 416 or 422 or 431 or 501 =>
            new(CasError.Invalid, false),
        _ => new(CasError.Unreachable, false),
    };

    /// <summary>A call that ended without an answer, or inside of one.</summary>
    public static FailureKind OfException(Exception exception) => exception switch
    {
        HubFailure known => new(known.Error, known.MayRetry),
        CasException known => new(known.Error, false),
        BrokenCircuitException => new(CasError.Unreachable, false),
        _ => Broken,
    };

    /// <summary>Whether a failure says that the host is in trouble, rather than the call.</summary>
    public static bool IsOutage(Exception exception) =>
        OfException(exception) is { Error: CasError.Unreachable, MayRetry: true };
}
