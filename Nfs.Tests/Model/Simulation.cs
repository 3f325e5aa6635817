using Nfs.Tests.Fixtures;
using Nfs.Tests.Model.Disk;
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
    private static readonly TimeSpan s_longerThanBackoff = TimeSpan.FromSeconds(90);

    private readonly ManualClock _clock = new();
    private readonly InMemoryStore _store = new();
    private readonly StoreHistory _history;
    private readonly Reference _reference;
    private readonly Queue<Call> _sendAgain = new();
    private readonly List<Task> _hanging = [];
    private SimulatedGateway _gateway;
    private ulong _keys;
    private int _crashes;

    private Simulation()
    {
        _history = new StoreHistory(_store);
        _reference = new Reference(_history);
        _gateway = new SimulatedGateway(new DiskImage(), _store, _clock);
    }

    private bool HasCrashed => _gateway.Disk.Crashed is not null;

    /// <summary>Runs the steps, then lets everything come to rest. Throws what is wrong; gives the crashes.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<Step> steps)
    {
        // What fails here is told once, by who shrinks it.
        using var alone = new TestExecutionContext.IsolatedContext();
        await using var run = new Simulation();
        await run._gateway.StartAsync();

        // A root that nobody changed is not sent, and every gateway has its own.
        await run._gateway.Files.SetAttributesAsync(
            Caller.Root, InodeId.Root, new AttributeChanges { Mode = 0x1ED }, null, default);
        foreach (var step in steps)
        {
            await run.StepAsync(step);
        }

        await run.EndAsync();
        return run._crashes;
    }

    public async ValueTask DisposeAsync()
    {
        _gateway.Store.Die();
        _gateway.Store.Heal();
        await _gateway.DisposeAsync();
        await Task.WhenAll(_hanging);
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
            await WellDiskAsync();
            await ResendAsync();
        }

        await RecoverAsync();
        while (_sendAgain.TryDequeue(out var call))
        {
            await CallAsync([call with { Reply = null }]);
            await RecoverAsync();
        }

        _reference.Rest();
    }

    /// <summary>The disk is well, and what it refused has been written.</summary>
    private async Task WellDiskAsync()
    {
        _gateway.Disk.FailNextSync(false);
        if (_gateway.Disk.Fill(false))
        {
            await _gateway.WaitUntilAsync(
                () => _gateway.Files.WhenDurableAsync() is { IsCompletedSuccessfully: true, Result: VfsError.None });
        }
    }

    private async Task CallAsync(List<Call> calls)
    {
        foreach (var call in calls.Where(call => call.Verb is Verb.Write or Verb.Resize or Verb.Commit or Verb.Read))
        {
            await LookAsync(call.Object);
        }

        var running = calls.ConvertAll(call => calls.Count == 1
            ? Client.RunAsync(_gateway.Files, call)
            : Task.Run(() => Client.RunAsync(_gateway.Files, call)));
        var replies = await _gateway.WaitAsync(Task.WhenAll(running));
        var isDisturbed = _gateway.Store.IsFaulty || _gateway.Disk.IsFaulty;
        var hasLost = _gateway.Disk.HasFailedSync;
        for (var i = 0; i < calls.Count; i++)
        {
            // What was answered when the disk had stopped nobody got; a refusal may have had its effect or not; and a
            // file that goes back to what is durable does so before or after it is read.
            var isRefused = isDisturbed && replies[i].Error is VfsError.Again or VfsError.Io or VfsError.NoSpc;
            calls[i].Reply = HasCrashed || isRefused || (hasLost && calls[i].Verb == Verb.Read) ? null : replies[i];
            _reference.NoteVerifier(hasLost ? null : calls[i].Reply?.Verifier);
        }

        _reference.Explain(calls);
        if (HasCrashed)
        {
            foreach (var call in calls.Where(call =>
                call.Reply is null && call.Verb is not (Verb.Read or Verb.Write or Verb.Commit)))
            {
                _sendAgain.Enqueue(call);
            }
        }
        else if (_reference.IsAmbiguous && !_gateway.Disk.IsFaulty)
        {
            _reference.Narrow(new Observation(_gateway.Files));
        }
    }

    private async Task HappenAsync(Operation operation)
    {
        switch (operation.Verb)
        {
            case Verb.Sync:
                await SyncAsync();
                break;
            case Verb.Evict:
                await _gateway.WaitAsync(_gateway.Files.EvictAsync(default, default));
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
                await HealAsync();
                break;
            case Verb.FailSync:
                _gateway.Disk.FailNextSync(true);
                break;
            case Verb.FillDisk:
                _gateway.Disk.Fill(true);
                break;
            case Verb.Crash:
                _gateway.Disk.CrashAfter(operation.Count, operation.Choice);
                break;
            case Verb.WriteElsewhere:
                await _history.WriteElsewhereAsync(operation.At, operation.Choice);
                break;
            case Verb.Check:
                await CheckAsync();
                break;
        }
    }

    /// <summary>Sends everything; true if nothing is left. A sync that hangs in the store goes on beside the run.</summary>
    private async Task<bool> SyncAsync()
    {
        var wasFaulty = _gateway.Store.IsFaulty || _gateway.Disk.IsFaulty;
        var sync = _gateway.Files.SyncAsync(default, default);
        if (!await _gateway.WaitAsync(sync, () => _gateway.Store.IsHanging))
        {
            _hanging.Add(sync);
            return false;
        }

        var failure = (await sync).Value?.FirstOrDefault(row => row.Failure is not null);
        if (!wasFaulty && !HasCrashed && !_gateway.Disk.HasFailedSync && !_history.HasOthers)
        {
            Assert.That(failure?.Failure, Is.Null, "a sync failed with nothing in its way");
        }

        return failure is null && _gateway.Files.GetStatus().QueueLength == 0;
    }

    private async Task ReopenAsync()
    {
        await _gateway.StopAsync();
        if (!HasCrashed)
        {
            _reference.Stop();
            await _gateway.StartAsync();
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
        _gateway.Store.Arm(faults[choice % faults.Length], calls[choice / faults.Length % calls.Length]);
    }

    private async Task HealAsync()
    {
        _gateway.Store.Heal();
        await _gateway.Store.DeliverAsync();
    }

    /// <summary>
    /// After a sync of a staging file failed: the file is back to what was durable, the verifier is another one, and
    /// the client sends what it wrote again.
    /// </summary>
    private async Task ResendAsync()
    {
        foreach (var name in _gateway.Disk.TakeFailedSyncs())
        {
            var id = new InodeId(Convert.ToUInt64(name.Split('.')[0], 16));
            if (HasCrashed || _reference.World.Find(id) is null)
            {
                continue;
            }

            // Ends when the file has gone back: rounds of one file run one after the other.
            await _gateway.WaitAsync(_gateway.Files.CommitAsync(id, 0, 0, default).AsTask());
            _reference.Lose(id);
            await LookAsync(id);
            if (_reference.World.Find(id) is { } node && !HasCrashed)
            {
                var bytes = node.States[0].Now;
                var written = await _gateway.WaitAsync(_gateway.Files.WriteAsync(
                    Caller.Root, id, 0, bytes, Stability.Unstable, default).AsTask());
                _reference.NoteLoss(written.Verifier);
            }
        }

        if (_reference.IsAmbiguous && !HasCrashed)
        {
            _reference.Narrow(new Observation(_gateway.Files));
        }
    }

    /// <summary>Starts on what the crash left, if there was one; that start may crash too.</summary>
    private async Task RecoverAsync()
    {
        while (HasCrashed)
        {
            _crashes++;
            var image = _gateway.Crash();
            var late = _gateway.Store.Die();
            _gateway.Store.Heal();
            await _gateway.DisposeAsync();
            await Task.WhenAll(_hanging);
            _hanging.Clear();

            _gateway = new SimulatedGateway(image, _store, _clock);
            _gateway.Store.Send(late);
            _reference.Crash();
            if (image.Seed % 4 == 0)
            {
                _gateway.Disk.CrashAfter(image.Seed / 4 % 30, image.Seed / 4);
            }

            await _gateway.StartAsync();
            if (!HasCrashed)
            {
                _reference.Narrow(new Observation(_gateway.Files));
            }
        }
    }

    /// <summary>Reads a file whose content is not known for certain, and takes what is found for what is.</summary>
    private async Task LookAsync(InodeId id, bool always = false)
    {
        if (HasCrashed || (!always && _reference.IsKnown(id)))
        {
            return;
        }

        _gateway.Store.Heal();
        var size = (int)_gateway.Files.GetAttributes(id).Value.Size;
        var read = await _gateway.WaitAsync(Client.ReadAsync(_gateway.Files, id, 0, size + 1));
        if (!HasCrashed)
        {
            Assert.That(read.Error, Is.EqualTo(VfsError.None), $"R-4: reading inode {id}");
            _reference.Look(id, read.Bytes);
        }
    }

    private async Task CheckAsync()
    {
        await HealAsync();
        var seen = new Observation(_gateway.Files);
        _reference.Narrow(seen);
        foreach (var id in _reference.World.All().Where(x => x.Node.IsFile).Select(x => new InodeId(x.Node.Id)).ToList())
        {
            await LookAsync(id, always: true);
        }

        if (!HasCrashed)
        {
            _reference.CheckGone(id => _gateway.Files.GetAttributes(id).Error);
            await _history.CheckAsync(_reference.World);
        }
    }

    /// <summary>Everything is sent; what another gateway finds in the store is what is here.</summary>
    private async Task EndAsync()
    {
        await WellDiskAsync();
        var isSent = false;
        for (var i = 0; i < SyncsMax && !isSent; i++)
        {
            await HealAsync();
            isSent = await SyncAsync();
            await RecoverAsync();
            await ResendAsync();
            _clock.Advance(s_longerThanBackoff);
        }

        await CheckAsync();
        await RecoverAsync();
        if (_history.HasOthers)
        {
            return;
        }

        Assert.That(isSent, Is.True, "R-7: not everything can be sent: " + _gateway.Files.GetStatus().LastFailure);
        _reference.Rest();
        await _history.CheckSentAsync(_reference.World);
        await using var other = new SimulatedGateway(new DiskImage(), _store, _clock);
        await other.StartAsync();
        Assert.That(
            await TreeText.OfAsync(other.Files), Is.EqualTo(await TreeText.OfAsync(_gateway.Files)),
            "R-7: what another gateway finds");
    }
}
