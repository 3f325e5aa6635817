using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>The calls of a store that faults can be aimed at.</summary>
[Flags]
internal enum StoreCalls
{
    Read = 1,
    Put = 2,
    Compose = 4,
    List = 8,
    Lookup = 16,
    Commit = 32,
    Probe = 64,
    Register = 128,
    Revision = 256,
    Content = Read | Put | Compose,
    Tree = List | Lookup | Commit | Revision,
    All = Content | Tree | Probe | Register,
}

/// <summary>
/// Switches that a test throws while a <see cref="FaultyStore"/> is in use, and what it counted. The gate guards all
/// fields.
/// </summary>
internal sealed class StoreFaults
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StoreCalls, CasError> _errors = [];
    private readonly Dictionary<StoreCalls, CasError> _errorsOnce = [];
    private readonly Dictionary<StoreCalls, CasError> _errorsAfterEffect = [];
    private readonly Dictionary<StoreCalls, CasError> _errorsOnceAfterEffect = [];
    private readonly Dictionary<StoreCalls, int> _counts = [];
    private StoreCalls _stalled;
    private StoreCalls _stalledAfterEffect;
    private int _entriesListed = int.MaxValue;
    private StoreCalls _thrownOnce;
    private StoreCalls _sizeWrongOnce;
    private TaskCompletionSource _resumed = NewSignal();
    private TaskCompletionSource _stallSeen = NewSignal();
    private long _bytesRead;
    private int _shortReads;

    /// <summary>Bytes that reads gave out.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Ends when a call hangs in a stall; take it before <see cref="Stall"/>'s effect is awaited.</summary>
    public Task StallSeen
    {
        get
        {
            lock (_gate)
            {
                return _stallSeen.Task;
            }
        }
    }

    /// <summary>How often calls were made, also those that failed or hang.</summary>
    public int Count(StoreCalls calls)
    {
        lock (_gate)
        {
            return _counts.Where(x => calls.HasFlag(x.Key)).Sum(x => x.Value);
        }
    }

    /// <summary>Answers these calls with an error until <see cref="Heal"/>; they have no effect.</summary>
    public void Fail(StoreCalls calls, CasError error) => Set(_errors, calls, error);

    /// <summary>Answers the next call of each of these kinds with an error.</summary>
    public void FailOnce(StoreCalls calls, CasError error) => Set(_errorsOnce, calls, error);

    /// <summary>Does the next call of each of these kinds, and answers with an error all the same.</summary>
    public void FailOnceAfterEffect(StoreCalls calls, CasError error) => Set(_errorsOnceAfterEffect, calls, error);

    /// <summary>Does these calls, and answers with an error all the same, until <see cref="Heal"/>.</summary>
    public void FailAfterEffect(StoreCalls calls, CasError error) => Set(_errorsAfterEffect, calls, error);

    /// <summary>The next read gives fewer bytes than it was asked for, and says so.</summary>
    public void ShortenOneRead() => Interlocked.Exchange(ref _shortReads, 1);

    /// <summary>Makes these calls hang until <see cref="Heal"/> or cancellation.</summary>
    public void Stall(StoreCalls calls)
    {
        lock (_gate)
        {
            _stalled |= calls;
            _stallSeen = NewSignal();
        }
    }

    /// <summary>Does these calls at once, and keeps their answers back until <see cref="Heal"/> or cancellation.</summary>
    public void StallAfterEffect(StoreCalls calls)
    {
        lock (_gate)
        {
            _stalledAfterEffect |= calls;
            _stallSeen = NewSignal();
        }
    }

    /// <summary>Listings have this many entries, and say that there are no more, until <see cref="Heal"/>.</summary>
    public void ShortenListings(int entries) => Volatile.Write(ref _entriesListed, entries);

    /// <summary>Throws from the next call of each of these kinds, as a store with a bug does.</summary>
    public void ThrowOnce(StoreCalls calls)
    {
        lock (_gate)
        {
            _thrownOnce |= calls;
        }
    }

    /// <summary>Does the next put or compose, and tells a size that is not the content's.</summary>
    public void TellWrongSizeOnce(StoreCalls calls)
    {
        lock (_gate)
        {
            _sizeWrongOnce |= calls;
        }
    }

    /// <summary>Ends all faults; calls that hang go on.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _errors.Clear();
            _errorsOnce.Clear();
            _errorsAfterEffect.Clear();
            _errorsOnceAfterEffect.Clear();
            _thrownOnce = 0;
            _sizeWrongOnce = 0;
        }

        ShortenListings(int.MaxValue);
        Resume();
    }

    /// <summary>Ends stalls only: calls that hang go on, to the errors that are set.</summary>
    public void Resume()
    {
        TaskCompletionSource resumed;
        lock (_gate)
        {
            _stalled = _stalledAfterEffect = 0;
            resumed = _resumed;
            _resumed = NewSignal();
        }

        resumed.SetResult();
    }

    /// <summary>Passes one call through the switches.</summary>
    internal async ValueTask<CasResult<T>> RunAsync<T>(
        StoreCalls call, Func<ValueTask<CasResult<T>>> inner, CancellationToken cancellationToken)
    {
        await StallAsync(call, cancellationToken);
        if (TakeOnce(ref _thrownOnce, call))
        {
            throw new InvalidOperationException("a bug of the store, made up by the test");
        }

        if (Take(call, _errorsOnce, once: true) is { } once)
        {
            return CasResult.Fail<T>(once, "made up by the test");
        }

        if (Take(call, _errors, once: false) is { } error)
        {
            return CasResult.Fail<T>(error, "made up by the test");
        }

        var result = await inner();
        await WaitIfAsync(_stalledAfterEffect, call, cancellationToken);
        if (result.IsOk && result.Value is IReadOnlyList<TreeItem> items)
        {
            return (T)(object)items.Take(Volatile.Read(ref _entriesListed)).ToList();
        }

        if (result.IsOk && result.Value is int count && call == StoreCalls.Read)
        {
            Interlocked.Add(ref _bytesRead, count);
        }

        if (result.IsOk && result.Value is ContentId content && TakeOnce(ref _sizeWrongOnce, call))
        {
            return (T)(object)(content with { Size = content.Size + 4096 });
        }

        var late = Take(call, _errorsOnceAfterEffect, once: true) ?? Take(call, _errorsAfterEffect, once: false);
        return late is { } why ? CasResult.Fail<T>(why, "made up by the test") : result;
    }

    /// <summary>How many of the bytes that a read asks for it shall get.</summary>
    internal int Shortened(int count) => Interlocked.Exchange(ref _shortReads, 0) == 0 ? count : count / 2;

    private bool TakeOnce(ref StoreCalls once, StoreCalls call)
    {
        lock (_gate)
        {
            var isAsked = once.HasFlag(call);
            once &= ~call;
            return isAsked;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StallAsync(StoreCalls call, CancellationToken cancellationToken)
    {
        StoreCalls stalled;
        lock (_gate)
        {
            _counts[call] = _counts.GetValueOrDefault(call) + 1;
            stalled = _stalled;
        }

        await WaitIfAsync(stalled, call, cancellationToken);
    }

    private async Task WaitIfAsync(StoreCalls stalled, StoreCalls call, CancellationToken cancellationToken)
    {
        Task? resumed = null;
        TaskCompletionSource? seen = null;
        lock (_gate)
        {
            if (stalled.HasFlag(call))
            {
                (resumed, seen) = (_resumed.Task, _stallSeen);
            }
        }

        seen?.TrySetResult();
        if (resumed is not null)
        {
            await resumed.WaitAsync(cancellationToken);
        }
    }

    private void Set(Dictionary<StoreCalls, CasError> table, StoreCalls calls, CasError error)
    {
        lock (_gate)
        {
            foreach (var call in Enum.GetValues<StoreCalls>().Where(x => int.IsPow2((int)x) && calls.HasFlag(x)))
            {
                table[call] = error;
            }
        }
    }

    private CasError? Take(StoreCalls call, Dictionary<StoreCalls, CasError> table, bool once)
    {
        lock (_gate)
        {
            if (!table.TryGetValue(call, out var error))
            {
                return null;
            }

            if (once)
            {
                table.Remove(call);
            }

            return error;
        }
    }
}
