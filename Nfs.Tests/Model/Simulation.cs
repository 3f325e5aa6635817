using Nfs.Tests.Fixtures;
using Nfs.Tests.Model.Disk;
using Nfs.Tests.Model.Store;
using NUnit.Framework;
using NUnit.Framework.Internal;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>
/// One run: steps on a gateway over a simulated disk, store and clock, and on the reference beside it. README.md says
/// what is simulated and what each comparison shows.
/// </summary>
internal sealed class Simulation : IAsyncDisposable
{
    private const int SyncsMax = 20;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longerThanBackoff = TimeSpan.FromSeconds(90);

    private readonly ManualClock _clock = new();
    private readonly InMemoryStore _store = new();
    private readonly StoreHistory _history;
    private readonly Reference _reference;
    private readonly Queue<Call> _sendAgain = new();
    private readonly Lives _lives;
    private ulong _keys;

    private Simulation()
    {
        _history = new StoreHistory(_store);
        _reference = new Reference(_history);
        _lives = new Lives(_store, _clock, _reference, _history);
    }

    private SimulatedGateway Gateway => _lives.Gateway;

    /// <summary>Runs the steps, then lets everything come to rest. Throws what is wrong; gives the crashes.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<Step> steps)
    {
        // What fails here is told once, by who shrinks it.
        using var alone = new TestExecutionContext.IsolatedContext();
        await using var run = new Simulation();
        await run._history.WriteDirectoryAsync();
        await run.Gateway.StartAsync();

        // A root that nobody changed is not sent, and every gateway has its own.
        await run.Gateway.Files.SetAttributesAsync(
            Caller.Root, InodeId.Root, new AttributeChanges { Mode = 0x1ED }, null, default);
        foreach (var step in steps)
        {
            await run.StepAsync(step);
        }

        await run.EndAsync();
        return run._lives.Crashes;
    }

    public async ValueTask DisposeAsync()
    {
        await _lives.DisposeAsync();
        await _store.DisposeAsync();
    }

    private async Task StepAsync(Step step)
    {
        var first = step.Operations[0];
        if (first.IsCall)
        {
            var calls = step.Operations.Select(
                operation => Client.Prepare(operation, _reference.World, new RequestKey(1, ++_keys)));
            await CallAsync([.. calls.OfType<Call>()]);
        }
        else
        {
            await HappenAsync(first);
        }

        if (first.Verb is not (Verb.FailSync or Verb.FillDisk))
        {
            await _lives.WellDiskAsync();
            await _lives.ResendAsync();
        }

        await _lives.RecoverAsync();
        while (_sendAgain.TryDequeue(out var call))
        {
            await CallAsync([call with { Reply = null }]);
            await _lives.RecoverAsync();
        }

        _reference.Rest();
    }

    private async Task CallAsync(List<Call> calls)
    {
        foreach (var call in calls.Where(call => call.Verb is Verb.Write or Verb.Resize or Verb.Commit or Verb.Read))
        {
            await _lives.LookAsync(call.Object);
        }

        var running = calls.ConvertAll(call => calls.Count == 1
            ? Client.RunAsync(Gateway.Files, call)
            : Task.Run(() => Client.RunAsync(Gateway.Files, call)));
        var replies = await Gateway.WaitAsync(Task.WhenAll(running));
        var isDisturbed = Gateway.Store.IsFaulty || Gateway.Disk.IsFaulty;
        var hasLost = Gateway.Disk.FailedSyncs.Count > 0;
        for (var i = 0; i < calls.Count; i++)
        {
            // What was answered when the disk had stopped nobody got; a refusal may have had its effect or not; and a
            // file that goes back to what is durable does so before or after it is read.
            var isUnknown = _lives.HasCrashed
                || (isDisturbed && IsRefusal(calls[i].Verb, replies[i].Error))
                || (hasLost && calls[i].Verb == Verb.Read);
            calls[i].Reply = isUnknown ? null : replies[i];
            _reference.NoteVerifier(hasLost ? null : calls[i].Reply?.Verifier);
        }

        _reference.Explain(calls);
        if (_lives.HasCrashed)
        {
            foreach (var call in calls.Where(call =>
                call.Reply is null && call.Verb is not (Verb.Read or Verb.Write or Verb.Commit)))
            {
                _sendAgain.Enqueue(call);
            }
        }
        else if (_reference.IsAmbiguous && !Gateway.Disk.IsFaulty)
        {
            _reference.Narrow(new Observation(Gateway.Files));
        }
    }

    /// <summary>What a call may be answered while something is wrong.</summary>
    private static bool IsRefusal(Verb verb, VfsError error) => verb switch
    {
        Verb.Read or Verb.Commit or Verb.Remove or Verb.RemoveDirectory => error is VfsError.Again or VfsError.Io,
        _ => error is VfsError.Again or VfsError.Io or VfsError.NoSpc,
    };

    private async Task HappenAsync(Operation operation)
    {
        switch (operation.Verb)
        {
            case Verb.Sync:
                await SyncAsync();
                break;
            case Verb.Evict:
                await Gateway.WaitAsync(Gateway.Files.EvictAsync(default, default));
                break;
            case Verb.Pass:
                for (var i = 0; i < operation.Count; i++)
                {
                    _clock.Advance(TimeSpan.FromSeconds(1));
                }

                break;
            case Verb.SetClockBack:
                _clock.SetBack(TimeSpan.FromSeconds(operation.Count));
                break;
            case Verb.Reopen:
                await ReopenAsync();
                break;
            case Verb.StoreFault:
                Arm(operation.Choice);
                break;
            case Verb.Heal:
                await _lives.HealAsync();
                break;
            case Verb.FailSync:
                Gateway.Disk.FailNextSync(true);
                break;
            case Verb.FillDisk:
                Gateway.Disk.Fill(true);
                break;
            case Verb.Crash:
                Gateway.Disk.CrashAfter(operation.Count, operation.Choice);
                break;
            case Verb.WriteElsewhere:
                await _history.WriteElsewhereAsync(operation.Choice);
                break;
            case Verb.Check:
                await _lives.CheckAsync();
                break;
        }
    }

    /// <summary>Sends everything; true if nothing is left. What hangs in the store goes on beside the run.</summary>
    private async Task<bool> SyncAsync()
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var wasFaulty = Gateway.Store.IsFaulty || Gateway.Disk.IsFaulty;
            var sync = Gateway.Files.SyncAsync(default, default);
            if (!await Gateway.WaitAsync(sync, () => Gateway.Store.IsHanging))
            {
                _lives.GoOnBeside(sync);
                return false;
            }

            var failure = (await sync).Value?.FirstOrDefault(row => row.Failure is not null);
            if (failure is null)
            {
                return Gateway.Files.GetStatus().QueueLength == 0;
            }

            if (wasFaulty || _lives.HasCrashed || Gateway.Disk.FailedSyncs.Count > 0)
            {
                return false;
            }

            // What was under way when it began may have met an earlier fault; what it began itself may not fail.
            Assert.That(isFirst, Is.True, "a sync failed with nothing in its way: " + failure.Failure);
        }
    }

    private async Task ReopenAsync()
    {
        await Gateway.StopAsync();
        if (!_lives.HasCrashed)
        {
            await _lives.StartAgainAsync();
        }
    }

    private void Arm(int choice)
    {
        var faults = Enum.GetValues<StoreFault>();
        StoreCalls[] calls =
        [
            StoreCalls.Read, StoreCalls.Put, StoreCalls.Compose, StoreCalls.Lookup, StoreCalls.Commit,
            StoreCalls.Commit,
        ];
        Gateway.Store.Arm(faults[choice % faults.Length], calls[choice / faults.Length % calls.Length]);
    }

    /// <summary>Everything is sent; what another gateway finds in the store is what is here.</summary>
    private async Task EndAsync()
    {
        await _lives.WellDiskAsync();
        var isSent = false;
        for (var i = 0; i < SyncsMax && !isSent; i++)
        {
            // Twice: what arrives after the first answer is found when nothing can be late any longer.
            var crashes = _lives.Crashes;
            isSent = await SendAsync() && await SendAsync();
            await _lives.CheckAsync();
            await _lives.RecoverAsync();
            isSent &= _lives.Crashes == crashes;
        }

        Assert.That(isSent, Is.True, "R-7: not everything can be sent: " + Gateway.Files.GetStatus().LastFailure);
        _reference.Rest();
        await _history.CheckSentAsync(_reference.World);
        await using var other = new SimulatedGateway(new DiskImage(), _store, _clock);
        await other.StartAsync();
        var expected = await TreeText.OfAsync(other.Files);

        // What the other writer changed is here after a poll, which a bad store has delayed.
        await _lives.LastAsync();
        await Eventually.IsSoAsync(async () =>
        {
            _clock.Advance(s_longerThanBackoff);
            return await ReadWhileTimePassesAsync() == expected;
        });
    }

    /// <summary>A file that changes at this moment is read again a little later.</summary>
    private async Task<string> ReadWhileTimePassesAsync()
    {
        var text = TreeText.OfAsync(Gateway.Files);
        while (!text.IsCompleted)
        {
            await Task.WhenAny(text, Task.Delay(s_look));
            _clock.Advance(s_look);
        }

        return await text;
    }

    private async Task<bool> SendAsync()
    {
        await _lives.HealAsync();
        var isSent = await SyncAsync();
        await _lives.RecoverAsync();
        await _lives.ResendAsync();
        _clock.Advance(s_longerThanBackoff);
        return isSent;
    }
}
