using System.Collections.Concurrent;
using System.Security.Cryptography;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>
/// How often and how long calls are tried: again within the call's budget, after a random part of a delay that doubles,
/// or after the time that the server names; not at all for a while at a host that is in trouble.
/// </summary>
internal sealed class CallRetries(TimeProvider time)
{
    private const int HostsMax = 64;

    private static readonly ResiliencePropertyKey<State> s_state = new("state");
    private static readonly TimeSpan s_delayFirst = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_delayMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ResiliencePipeline> _hosts = new();

    /// <summary>Runs a call to a host until it succeeds or is given up; throws what the last try threw.</summary>
    public async Task<T> RunAsync<T>(
        string host, CallLimits limits, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        if (_hosts.Count >= HostsMax)
        {
            // Hosts of downloads may come and go; what was learnt of them is not worth a leak.
            _hosts.Clear();
        }

        var pipeline = _hosts.GetOrAdd(host, _ => MakePipeline());
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(s_state, new State(limits, time.GetUtcNow() + limits.Budget));
        try
        {
            return await pipeline.ExecuteAsync(
                static async (c, call) => await call(c.CancellationToken), context, call);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline MakePipeline() => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = args => ValueTask.FromResult(IsWorthATry(args)),
            DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(StateOf(args.Context).Delay),
        })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            // Ten calls in a row that failed within ten seconds, and hardly one that did not.
            FailureRatio = 0.9,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(5),
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is { } e && FailureTable.Covers(e) && FailureTable.IsOutage(e)),
        })
        .AddTimeout(new TimeoutStrategyOptions
        {
            TimeoutGenerator = args => ValueTask.FromResult(StateOf(args.Context).Limits.Try),
        })
        .Build();

    private bool IsWorthATry(RetryPredicateArguments<object> args)
    {
        if (args.Outcome.Exception is not { } failure || !FailureTable.Covers(failure)
            || !FailureTable.OfException(failure).MayRetry)
        {
            return false;
        }

        var state = StateOf(args.Context);
        state.Delay = DelayBefore(args.AttemptNumber, (failure as HubFailure)?.Wait);
        return time.GetUtcNow() + state.Delay <= state.Deadline;
    }

    /// <summary>A time that the server names is kept, and not by all at the same moment.</summary>
    private static TimeSpan DelayBefore(int attempt, TimeSpan? named)
    {
        var most = named is null
            ? TimeSpan.FromTicks(Math.Min(s_delayMax.Ticks, s_delayFirst.Ticks << Math.Min(attempt, 16)))
            : TimeSpan.FromSeconds(1);
        var jitter = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)most.TotalMilliseconds + 1));
        return (named ?? TimeSpan.Zero) + jitter;
    }

    private static State StateOf(ResilienceContext context) => context.Properties.GetValue(s_state, null!);

    private sealed class State(CallLimits limits, DateTimeOffset deadline)
    {
        public CallLimits Limits => limits;

        public DateTimeOffset Deadline => deadline;

        /// <summary>Before the next try.</summary>
        public TimeSpan Delay { get; set; }
    }
}
