using Cas.Client;

namespace Vfs.Core.Sync.Polling;

/// <summary>A question to a store that must not be waited for without end.</summary>
internal static class StoreQuestion
{
    /// <summary>
    /// The answer; Unreachable if there is none within <paramref name="limit"/>, also if the store does not let itself be
    /// called off.
    /// </summary>
    public static async Task<CasResult<T>> AskAsync<T>(
        Func<CancellationToken, ValueTask<CasResult<T>>> ask, TimeSpan limit, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await ask(both.Token).AsTask().WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return CasResult.Fail<T>(CasError.Unreachable, "the store did not answer in time");
        }
    }
}
