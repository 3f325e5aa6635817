using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Metadata;

// The disk of the database refuses for a while: users wait, those who have waited long are told that it failed, and
// afterwards everything goes on with nothing lost. Nobody is asked to try again: what memory has removed already would
// then not be found.
[TestFixture]
internal sealed class StuckDatabaseTests
{
    [Test]
    [Covers("N-223")]
    public async Task DatabaseThatRefuses_IsAnErrorInTheEnd_AndGoesOnWhenItCan()
    {
        var clock = new ManualClock();
        await using var gateway = await TestGateway.StartAsync(null, clock);
        var file = await gateway.MakeFileAsync("f", Enumerable.Repeat((byte)7, 1000).ToArray());
        await gateway.MakeFileAsync("gone", [1, 2, 3]);
        await gateway.CommitAsync(file);
        await gateway.CommitAsync(gateway.Find("gone"));
        var holder = Hold(gateway);

        var shrink = gateway.Files.SetAttributesAsync(
            Caller.Root, file, new AttributeChanges { Size = 100 }, null, default).AsTask();
        var remove = gateway.Files.RemoveAsync(Caller.Root, InodeId.Root, FileName.From("gone"), default).AsTask();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            while (!shrink.IsCompleted || !remove.IsCompleted)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                await Task.Delay(50, limit.Token);
            }
        }

        Assert.That(((await shrink).Error, (await remove).Error), Is.EqualTo((VfsError.Io, VfsError.Io)));
        var copy = gateway.CopyFiles();
        holder.Dispose();

        // Growing over what the shrink left waits for the shrink to be durable, and that wait must end.
        VfsError error;
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            do
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                error = (await gateway.Files.WriteAsync(
                    Caller.Root, file, 500, new byte[] { 9 }, Stability.FileSync, default).AsTask().WaitAsync(limit.Token)).Error;
            }
            while (error == VfsError.Io);
        }

        Assert.That(error, Is.EqualTo(VfsError.None));
        var now = await gateway.ReadAllAsync(file);
        Assert.That(now, Is.EqualTo((byte[])[.. Enumerable.Repeat((byte)7, 100), .. new byte[400], 9]));
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            while (gateway.Files.GetStatus().DirtyFiles > 1)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(20, limit.Token);
            }
        }

        await gateway.SyncAsync();
        Assert.That(await gateway.StoredBytesAsync("f"), Is.EqualTo(now));
        Assert.That(await gateway.StoredPathsAsync(), Is.EqualTo(new[] { "f" }));

        // A kill while it was stuck: what was answered with an error never happened, and nothing of it is missing.
        await using var killed = await gateway.GoOnInAsync(copy);
        Assert.That(await killed.ReadAllAsync(killed.Find("f")), Is.EqualTo(Enumerable.Repeat((byte)7, 1000)));
        Assert.That(await killed.ReadAllAsync(killed.Find("gone")), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    private static SqliteConnection Hold(TestGateway gateway)
    {
        var holder = SystemSqlite.Open(Path.Combine(gateway.StatePath, "state.db"));
        using var command = holder.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return holder;
    }
}
