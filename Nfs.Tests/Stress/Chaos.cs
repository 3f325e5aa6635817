using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Stress;

/// <summary>The system's clock, with a wall clock that can be set.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _offset;

    public override DateTimeOffset GetUtcNow() =>
        System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public void Jump(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}

/// <summary>What goes on under the users of a gateway: flushes, evictions, and a store and a clock gone mad.</summary>
internal sealed class Chaos(TestGateway gateway, InodeId[] files, int seed)
{
    private const StoreCalls Sent = StoreCalls.Put | StoreCalls.Compose | StoreCalls.Commit;

    private static readonly StoreCalls[] s_calls =
        [StoreCalls.Read, StoreCalls.Put, StoreCalls.Compose, StoreCalls.Lookup, StoreCalls.Commit];

    private static readonly CasError[] s_errors = [CasError.Unreachable, CasError.Throttled];

    private readonly Random _random = new(seed);
    private readonly Dictionary<InodeId, uint> _modes = [];

    /// <summary>How often everything was sent, or was to be.</summary>
    public int Syncs { get; private set; }

    /// <summary>Bytes that were dropped from the cache.</summary>
    public ulong EvictedBytes { get; private set; }

    /// <summary>The modes that files were given last.</summary>
    public IReadOnlyDictionary<InodeId, uint> Modes => _modes;

    /// <summary>Sends and drops, until the users are done; at least once.</summary>
    public async Task FlushAsync(Task users)
    {
        do
        {
            await gateway.TrySyncAsync();
            Syncs++;
            EvictedBytes += await gateway.EvictAsync();
        }
        while (!users.IsCompleted);
    }

    /// <summary>All that may go wrong, in turn, until the users are done; each at least once.</summary>
    public async Task RageAsync(Task users, SettableClock clock)
    {
        do
        {
            foreach (var call in s_calls)
            {
                gateway.Faults.Stall(call);
                await WhileSyncingAsync();
                gateway.Faults.Fail(call, s_errors[_random.Next(s_errors.Length)]);
                await WhileSyncingAsync();
                gateway.Faults.FailOnceAfterEffect(call, s_errors[_random.Next(s_errors.Length)]);
                await WhileSyncingAsync();
                clock.Jump(TimeSpan.FromDays(_random.Next(-400, 400)));
            }

            gateway.Faults.TellWrongSizeOnce(StoreCalls.Put | StoreCalls.Compose);
            await WhileSyncingAsync();
            gateway.Faults.ThrowOnce(Sent);
            await WhileSyncingAsync();
        }
        while (!users.IsCompleted);
    }

    /// <summary>A flush that meets a fault while attributes change; then the store heals and the cache goes.</summary>
    private async Task WhileSyncingAsync()
    {
        var stalled = gateway.Faults.StallSeen;
        var sync = gateway.TrySyncAsync();
        await Task.WhenAny(sync, stalled);
        await ChangeModeAsync();
        gateway.Faults.Heal();
        await sync;
        Syncs++;
        EvictedBytes += await gateway.EvictAsync();
    }

    private async Task ChangeModeAsync()
    {
        var (id, mode) = (files[_random.Next(files.Length)], (uint)_random.Next(0x200));
        var changed = await gateway.Files.SetAttributesAsync(
            Caller.Root, id, new AttributeChanges { Mode = mode }, null, default);
        Assert.That(changed.Error, Is.EqualTo(VfsError.None));
        _modes[id] = mode;
    }
}
