using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Operations;
using Vfs.Core.Sync;

namespace Nfs.Tests.Vfs.Sync;

// "Sent" must mean all that was written before the question, or the last save of a file never leaves this machine.
[TestFixture]
internal sealed class FlusherTests
{
    [Test]
    public async Task CallDuringAFlush_IsAnswered_WhenTheBytesOfThatMomentAreSent()
    {
        using var directory = new TemporaryDirectory();
        using var state = StateDirectory.Open(directory["state"]);
        var store = new FaultyStore(new InMemoryStore());
        await using var parts = GatewayParts.Open(
            state, store, TestGateway.Quiet, TimeProvider.System, NullLogger.Instance);
        await parts.RecoverAsync(default);
        await using var flusher = new Flusher(
            parts.Contents, parts.Rounds, store.Content, parts.Health, NullLogger.Instance);
        var write = new Write(parts.Tree, parts.Contents, parts.Rounds, parts.Space, parts.Verifier, parts.Clock);
        var (made, _) = await Create.RunAsync(
            parts.Tree, Caller.Root, InodeId.Root, FileName.From("f"), CreateMode.Guarded, default, 0);
        var file = made.Object!.Value.Id;
        await write.RunAsync(Caller.Root, file, 0, new byte[1000], Stability.Unstable);
        store.Faults.Stall(StoreCalls.Put);
        var seen = store.Faults.StallSeen;

        var first = flusher.FlushAsync(file);
        await seen.WaitAsync(TimeSpan.FromSeconds(30));
        await write.RunAsync(Caller.Root, file, 500, new byte[1000], Stability.Unstable);
        var second = flusher.FlushAsync(file);
        var third = flusher.FlushAsync(file);
        Assert.That((second == first, third == second), Is.EqualTo((false, true)), "one waits, and is shared");
        store.Faults.Heal();

        Assert.That((await first, await second), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(parts.Contents.Peek(file).IsDirty, Is.False);
        Assert.That(parts.Contents.Peek(file).Base.Size, Is.EqualTo(1500));
        Assert.That(await flusher.FlushAsync(file), Is.Null, "and the next starts anew");
    }
}
