using Cas.Client;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Model.Store;

/// <summary>
/// A store over a network that goes wrong as it is told, and that one incarnation of the gateway uses. The store behind
/// it keeps what it has. The gate guards all fields.
/// </summary>
internal sealed class SimulatedStore : IStore
{
    private readonly InMemoryStore _inner;
    private readonly Func<bool> _isMachineDown;
    private readonly Lock _gate = new();
    private readonly Dictionary<StoreCalls, StoreFault> _armed = [];
    private readonly List<Func<Task>> _late = [];
    private TaskCompletionSource _well = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAway;
    private bool _isDead;
    private bool _wasFaulty;
    private int _hanging;
    private int _wrong;

    /// <param name="inner">What keeps everything.</param>
    /// <param name="isMachineDown">Whether the gateway's machine has stopped: nothing more arrives.</param>
    public SimulatedStore(InMemoryStore inner, Func<bool> isMachineDown)
    {
        (_inner, _isMachineDown) = (inner, isMachineDown);
        Content = new SimulatedContent(this, inner.Content);
        Tree = new SimulatedTree(this, inner.Tree);
    }

    public string Url => _inner.Url;

    public string Identity => _inner.Identity;

    public IContentStore Content { get; }

    public IRemoteTree Tree { get; }

    /// <summary>
    /// Whether anything went or may go wrong since the last <see cref="Heal"/>, or does still: a call that something
    /// happened to before may end later.
    /// </summary>
    public bool IsFaulty
    {
        get
        {
            lock (_gate)
            {
                return _wasFaulty || _isDead || Volatile.Read(ref _wrong) > 0;
            }
        }
    }

    /// <summary>Whether a call hangs.</summary>
    public bool IsHanging
    {
        get
        {
            lock (_gate)
            {
                return _hanging > 0;
            }
        }
    }

    /// <summary>The next call of a kind goes wrong.</summary>
    public void Arm(StoreFault fault, StoreCalls call)
    {
        lock (_gate)
        {
            _wasFaulty = true;
            if (fault == StoreFault.GoesAway)
            {
                _isAway = true;
            }
            else
            {
                // What is sent of a content is read while the sender waits; only a commit can come by itself.
                _armed[call] = fault == StoreFault.ArrivesLate && call != StoreCalls.Commit
                    ? StoreFault.FailsAfterEffect
                    : fault;
            }
        }
    }

    /// <summary>All is well again: calls that hang go on. What was late waits for <see cref="DeliverAsync"/>.</summary>
    public void Heal()
    {
        TaskCompletionSource well;
        lock (_gate)
        {
            _armed.Clear();
            _isAway = _wasFaulty = false;
            well = _well;
            _well = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        well.SetResult();
    }

    /// <summary>The gateway is dead: nothing that it still sends has an effect. Gives what is on its way.</summary>
    public List<Func<Task>> Die()
    {
        lock (_gate)
        {
            _isDead = true;
            return [.. _late];
        }
    }

    /// <summary>What was late arrives.</summary>
    public async Task DeliverAsync()
    {
        List<Func<Task>> late;
        lock (_gate)
        {
            late = [.. _late];
            _late.Clear();
        }

        foreach (var call in late)
        {
            await call();
        }
    }

    public void Send(IEnumerable<Func<Task>> late)
    {
        lock (_gate)
        {
            _late.AddRange(late);
        }
    }

    public ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken) =>
        RunAsync(
            StoreCalls.Register, () => _inner.RegisterAsync(state, cancellationToken), isDone => isDone,
            cancellationToken);

    public ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) =>
        RunAsync(StoreCalls.Probe, () => _inner.ProbeAsync(cancellationToken), well => well, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs a call of the store behind, unless something happens to it.</summary>
    internal async ValueTask<CasResult<T>> RunAsync<T>(
        StoreCalls call, Func<ValueTask<CasResult<T>>> inner, Func<T, T> lie, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var fault = Take(call);
        if (fault is null)
        {
            return await inner();
        }

        Interlocked.Increment(ref _wrong);
        try
        {
            return await RunWrongAsync(fault, inner, lie, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _wrong);
        }
    }

    private async ValueTask<CasResult<T>> RunWrongAsync<T>(
        StoreFault? fault, Func<ValueTask<CasResult<T>>> inner, Func<T, T> lie, CancellationToken cancellationToken)
    {
        if (fault == StoreFault.Hangs)
        {
            await HangAsync(cancellationToken);
            fault = Take(0);
        }

        switch (fault)
        {
            case StoreFault.Fails or StoreFault.GoesAway:
                return Unreachable<T>();
            case StoreFault.ArrivesLate:
                Send([async () => await inner()]);
                return Unreachable<T>();
            case StoreFault.IsDoneTwice:
                await inner();
                return await inner();
            case StoreFault.FailsAfterEffect:
                await inner();
                return Unreachable<T>();
            case StoreFault.Lies:
                var told = await inner();
                return told.IsOk ? new CasResult<T>(CasError.None, lie(told.Value)) : told;
            default:
                return await inner();
        }
    }

    private static CasResult<T> Unreachable<T>() => CasResult.Fail<T>(CasError.Unreachable, "a simulated fault");

    private async Task HangAsync(CancellationToken cancellationToken)
    {
        Task well;
        lock (_gate)
        {
            _hanging++;
            well = _well.Task;
        }

        try
        {
            await well.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _hanging--;
            }
        }
    }

    private StoreFault? Take(StoreCalls call)
    {
        var isMachineDown = _isMachineDown();
        lock (_gate)
        {
            return isMachineDown || _isDead || _isAway ? StoreFault.GoesAway
                : _armed.Remove(call, out var fault) ? fault
                : null;
        }
    }
}
