using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using XetHub.Faults;
using XetHub.Http;

namespace Nfs.Tests.Hub;

// Each thing that can go wrong with a hub, while a gateway reads, writes, lists and sends. If one fails, that fault gives
// wrong bytes, an error that says something untrue, or a file that never arrives.
[TestFixture]
internal sealed class FaultMatrixTests
{
    private const string Theirs = "theirs";
    private const string Gone = "gone";
    private const int Length = 200_000;

    // Hits after which a fault has shown what it does.
    private const int Enough = 3;

    private static readonly Fault[] s_faults =
    [
        new() { LatencyMs = 300 },
        new() { BytesPerSecond = 1_000_000 },
        .. new[] { 401, 403, 404, 429, 500, 502, 503, 504 }.Select(status => new Fault { Status = status }),
        new() { Status = 503, Every = 2 },
        new() { Drop = true },
        new() { CutAfter = 0 },
        new() { CutAfter = 20 },
        new() { CutAfter = 20, Every = 2 },

        // Answers without content have no hash that would tell.
        new() { WrongByteAt = 100, Kinds = [RequestKind.Fetch] },
        new() { Stale = true },
    ];

    /// <summary>Right bytes, or an error that says to come again or that reading failed.</summary>
    [Test]
    [Covers("EC-222", "EC-223")]
    public Task Read() => WithEachAsync(async (hub, fault) =>
    {
        var expected = await hub.PutAsync(Theirs, Length, 1);
        await using var gateway = await HubFiles.StartAsync(hub);
        using (var set = hub.Server.Faults.Add(fault))
        {
            for (var isRead = false; !isRead && set.Hits < Enough;)
            {
                var (error, bytes) = await gateway.ReadAsync(Theirs, Length);
                Assert.That(error, Is.AnyOf(VfsError.None, VfsError.Again, VfsError.Io));
                isRead = error == VfsError.None;
                Assert.That(!isRead || bytes.AsSpan().SequenceEqual(expected), Is.True, "wrong bytes");
            }

            Assert.That(set.Hits, Is.Positive);
        }

        await Eventually.IsSoAsync(async () =>
        {
            var (error, bytes) = await gateway.ReadAsync(Theirs, Length);
            Assert.That(error, Is.AnyOf(VfsError.None, VfsError.Again), "the hub is well");
            Assert.That(error != VfsError.None || bytes.AsSpan().SequenceEqual(expected), Is.True, "wrong bytes");
            return error == VfsError.None;
        });
    });

    /// <summary>What needs no store does not notice.</summary>
    [Test]
    public Task Write() => WithEachAsync(async (hub, fault) =>
    {
        var bytes = RandomBytes.Of(Length, 2);
        await hub.PutAsync(Gone, Length, 3);
        await using var gateway = await HubFiles.StartAsync(hub);
        using (hub.Server.Faults.Add(fault))
        {
            await gateway.WriteAsync("ours", 0, bytes);
            await gateway.RemoveAsync(Gone);
            Assert.That((await gateway.ReadAsync("ours", Length)).Bytes.AsSpan().SequenceEqual(bytes), Is.True);
            Assert.That(gateway.Names(), Is.EqualTo(new[] { "ours" }));
        }

        await Eventually.IsSoAsync(async () => await gateway.SyncAsync() is null);
        await hub.AssertHasAsync(("ours", bytes));
    });

    /// <summary>A start takes over the whole tree, or says that it cannot.</summary>
    [Test]
    public Task List() => WithEachAsync(async (hub, fault) =>
    {
        string[] before = ["a", "b"];
        string[] all = ["a", "b", "c"];
        await hub.AddEmptyAsync(fault.Stale ? before : all);
        Task<HubFiles> starting;
        using (var set = hub.Server.Faults.Add(fault))
        {
            if (fault.Stale)
            {
                await hub.AddEmptyAsync("c");
            }

            do
            {
                // A start waits for a hub that limits calls.
                starting = HubFiles.StartAsync(hub);
                await Eventually.IsSoAsync(() => starting.IsCompleted || set.Hits >= Enough);
            }
            while (starting.IsFaulted && set.Hits < Enough);

            if (starting.IsCompletedSuccessfully)
            {
                Assert.That((await starting).Names(), fault.Stale ? Is.EqualTo(before) : Is.EqualTo(all));
            }

            // A listing has no content.
            Assert.That(set.Hits, fault.WrongByteAt is null ? Is.Positive : Is.Zero);
        }

        try
        {
            await (await starting).DisposeAsync();
        }
        catch (StoreUnavailableException e)
        {
            Assert.That(e.Message, Is.Not.Empty);
        }

        await using var after = await HubFiles.StartAsync(hub);
        Assert.That(after.Names(), Is.EqualTo(all));
    });

    /// <summary>What could not be sent is kept, and sent when it can be.</summary>
    [Test]
    public Task Commit() => WithEachAsync(async (hub, fault) =>
    {
        var bytes = RandomBytes.Of(Length, 4);
        var edited = await hub.PutAsync(Theirs, Length, 5);
        await hub.PutAsync(Gone, Length, 6);
        await using var gateway = await HubFiles.StartAsync(hub);
        await gateway.WriteAsync("ours", 0, bytes);
        await gateway.WriteAsync(Theirs, 100_000, [1, 2, 3]);
        ((byte[])[1, 2, 3]).CopyTo(edited, 100_000);
        await gateway.RemoveAsync(Gone);
        Task<string?> sync;
        using (var set = hub.Server.Faults.Add(fault))
        {
            sync = gateway.SyncAsync();
            await Eventually.IsSoAsync(() => sync.IsCompleted || set.Hits >= Enough);
            Assert.That(set.Hits, Is.Positive);
        }

        await sync;
        Assert.That((await gateway.ReadAsync("ours", Length)).Bytes.AsSpan().SequenceEqual(bytes), Is.True);
        await Eventually.IsSoAsync(async () => await gateway.SyncAsync() is null);
        await hub.AssertHasAsync(("ours", bytes), (Theirs, edited));
    });

    /// <summary>All faults at once, each with a hub of its own: they wait more than they work.</summary>
    private static async Task WithEachAsync(Func<TestHub, Fault, Task> run)
    {
        var failures = await Task.WhenAll(s_faults.Select(async fault =>
        {
            await using var hub = await TestHub.StartAsync();
            try
            {
                await run(hub, fault);
                return null;
            }
#pragma warning disable CA1031 // Whatever it is, the reader needs to know with which fault.
            catch (Exception e)
            {
                return $"{fault}: {e}";
            }
#pragma warning restore CA1031
        }));
        Assert.That(failures.Where(failure => failure is not null), Is.Empty);
    }
}
