using System.Net;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Stress;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd;

// Several clients use one file over TCP, each in slots of its own, while it goes to the store and out of the cache. If
// this fails, clients that share a file overwrite each other.
[TestFixture]
internal sealed class SharedFileTests
{
    private const int Clients = 4;
    private const int Workers = 32;
    private const int Operations = 200;

    [Test]
    [Covers("N-140")]
    public async Task OneFile_ClientsWithSlotsOfTheirOwn_IsByteExact()
    {
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "50ms", "--flush-max-age", "200ms");
        var counts = new WorkCounts();
        var mounts = await Task.WhenAll(Enumerable.Range(2, Clients)
            .Select(i => NfsMount.StartAsync(gateway.Port, new IPAddress([127, 0, 0, (byte)i]))));
        var file = await mounts[0].CreateAsync(mounts[0].Root, "f", CreateMode.Guarded);
        await mounts[0].SetattrAsync(file.Handle, size: (ulong)SlotWorker.FileBytes(Workers));
        var workers = Enumerable.Range(0, Workers)
            .Select(i => new SlotWorker(new MountedFileCalls(mounts[i % Clients], file.Handle), i, Workers, 1, counts))
            .ToArray();

        var working = Task.WhenAll(workers.Select(worker => worker.RunAsync(Operations)));
        do
        {
            await gateway.SyncAsync();
            await gateway.EvictAsync();
        }
        while (!working.IsCompleted);
        await working;

        var whole = new byte[SlotWorker.FileBytes(Workers)];
        Array.ForEach(workers, worker => worker.CopyTo(whole));
        await gateway.SyncAsync();
        await gateway.EvictAsync();
        Assert.That(await mounts[^1].ReadAsync(file.Handle, 0, whole.Length), Is.EqualTo(whole));
        Assert.That(counts.All, Is.EqualTo(Workers * Operations));
        Assert.That((await gateway.StatusAsync()).FetchedBytes, Is.GreaterThan(0));
        foreach (var mount in mounts)
        {
            await mount.DisposeAsync();
        }
    }
}
