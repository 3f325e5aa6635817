using Nfs.Tests.Fixtures;
using Nfs.Tests.Model.Disk;
using Nfs.Tests.Model.Store;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>
/// The lives of one gateway: the present one, what begins the next after a crash, and what the reference learns when
/// somebody looks.
/// </summary>
internal sealed class Lives(
    InMemoryStore store, ManualClock clock, Reference reference, StoreHistory history) : IAsyncDisposable
{
    private readonly List<Task> _besides = [];

    /// <summary>The present life.</summary>
    public SimulatedGateway Gateway { get; private set; } = new(new DiskImage(), store, clock);

    public bool HasCrashed => Gateway.Disk.Crashed is not null;

    public int Crashes { get; private set; }

    /// <summary>A task of this life that goes on beside the run.</summary>
    public void GoOnBeside(Task task) => _besides.Add(task);

    /// <summary>The disk is well, and what it refused has been written.</summary>
    public async Task WellDiskAsync()
    {
        Gateway.Disk.FailNextSync(false);
        if (Gateway.Disk.Fill(false))
        {
            await Gateway.WaitUntilAsync(
                () => Gateway.Files.WhenDurableAsync() is { IsCompletedSuccessfully: true, Result: VfsError.None });
        }
    }

    /// <summary>The store is well, and what was late has arrived.</summary>
    public async Task HealAsync()
    {
        Gateway.Store.Heal();
        await Gateway.Store.DeliverAsync();
    }

    /// <summary>Starts after an orderly end: everything is durable, but of files that the disk failed to sync.</summary>
    public async Task StartAgainAsync()
    {
        reference.Stop([.. Gateway.Disk.FailedSyncs.Select(IdOf)]);
        await Gateway.StartAsync();
    }

    /// <summary>
    /// After a sync of a staging file failed: the file is back to what was durable, the verifier is another one, and
    /// the client sends what it wrote again.
    /// </summary>
    public async Task ResendAsync()
    {
        foreach (var name in Gateway.Disk.TakeFailedSyncs())
        {
            var id = IdOf(name);
            if (HasCrashed || reference.World.Find(id) is null)
            {
                continue;
            }

            // Ends when the file has gone back: rounds of one file run one after the other.
            await Gateway.WaitAsync(Gateway.Files.CommitAsync(id, 0, 0, default).AsTask());
            reference.Lose(id);
            await LookAsync(id);
            if (reference.World.Find(id) is { } node && !HasCrashed)
            {
                var bytes = node.States[0].Now;
                var written = await Gateway.WaitAsync(Gateway.Files.WriteAsync(
                    Caller.Root, id, 0, bytes, Stability.Unstable, default).AsTask());
                reference.NoteLoss(written.Verifier);
            }
        }

        if (reference.IsAmbiguous && !HasCrashed)
        {
            reference.Narrow(new Observation(Gateway.Files));
        }
    }

    /// <summary>Starts on what the crash left, if there was one; that start may crash too.</summary>
    public async Task RecoverAsync()
    {
        while (HasCrashed)
        {
            Crashes++;
            var image = Gateway.Crash();
            var late = Gateway.Store.Die();
            Gateway.Store.Heal();
            await Gateway.DisposeAsync();
            await Gateway.WaitAsync(Task.WhenAll(_besides), () => false);
            _besides.Clear();

            Gateway = new SimulatedGateway(image, store, clock);
            Gateway.Store.Send(late);
            reference.Crash();
            if (image.Seed % 4 == 0)
            {
                Gateway.Disk.CrashAfter(image.Seed / 4 % 30, image.Seed / 4);
            }

            await Gateway.StartAsync();
            if (!HasCrashed)
            {
                reference.Narrow(new Observation(Gateway.Files));
            }
        }
    }

    /// <summary>Nothing goes wrong any more, and nobody crashes.</summary>
    public async Task LastAsync()
    {
        do
        {
            await RecoverAsync();
            await HealAsync();
            Gateway.Disk.NeverCrash();
        }
        while (HasCrashed);
    }

    /// <summary>Reads a file whose content is not known for certain, and takes what is found for what is.</summary>
    public async Task LookAsync(InodeId id, bool always = false)
    {
        if (HasCrashed || (!always && reference.IsKnown(id)))
        {
            return;
        }

        Gateway.Store.Heal();
        var wasFull = Gateway.Disk.Fill(false);
        var size = (int)Gateway.Files.GetAttributes(id).Value.Size;
        var read = await Gateway.WaitAsync(Client.ReadAsync(Gateway.Files, id, 0, size + 1));
        Gateway.Disk.Fill(wasFull);
        if (!HasCrashed)
        {
            Assert.That(read.Error, Is.EqualTo(VfsError.None), $"R-4: reading inode {id}");
            reference.Look(id, read.Bytes);
        }
    }

    /// <summary>Compares everything.</summary>
    public async Task CheckAsync()
    {
        await HealAsync();
        var seen = new Observation(Gateway.Files);
        reference.Narrow(seen);
        foreach (var (_, file) in reference.World.All().Where(x => x.Node.IsFile).ToList())
        {
            await LookAsync(new InodeId(file.Id), always: true);
        }

        if (!HasCrashed)
        {
            reference.CheckGone(id => Gateway.Files.GetAttributes(id).Error);
            await history.CheckAsync(reference.World);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Store.Die();
        Gateway.Store.Heal();
        await Gateway.DisposeAsync();
        await Gateway.WaitAsync(Task.WhenAll(_besides), () => false);
    }

    /// <summary>The file that a staging file is of.</summary>
    private static InodeId IdOf(string name) => new(Convert.ToUInt64(name.Split('.')[0], 16));
}
