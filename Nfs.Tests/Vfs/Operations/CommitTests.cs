using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// fsync that returns too early loses bytes in the next power cut; one that never returns hangs a program.
[TestFixture]
internal sealed class CommitTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly ManualClock _clock = new();
    private SwitchedDisk _disk = null!;
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _disk = new SwitchedDisk();
        _gateway = await TestGateway.StartAsync(TestGateway.Quiet with { StagingDisk = _disk }, _clock);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _disk.Resume();
        await _gateway.DisposeAsync();
        _disk.Dispose();
    }

    [Test]
    [Covers("N-133")]
    public async Task Commit_OfNothing_Succeeds_AsOftenAsItIsAsked([Values] bool isWritten)
    {
        var file = await _gateway.MakeFileAsync("f", isWritten ? [1, 2, 3] : null);
        var verifier = (await _gateway.WriteAsync(await _gateway.MakeFileAsync("g"), 0, [1])).Verifier;
        foreach (var (offset, count) in new[] { (0UL, 0u), (0UL, 0u), (1UL, 1u), (99UL, 5u), (1UL << 60, 0u) })
        {
            var done = await _gateway.Files.CommitAsync(file, offset, count, default);

            Assert.That((done.Error, done.Verifier), Is.EqualTo((VfsError.None, verifier)));
            Assert.That(done.Wcc.After, Is.EqualTo(_gateway.Attributes(file)));
        }
    }

    [Test]
    [Covers("N-132", "N-145")]
    public async Task ManyUnstableWrites_AreSyncedOnce_ByCommit()
    {
        var file = await _gateway.MakeFileAsync("f");
        await _gateway.WriteAsync(file, 0, [1], Stability.FileSync);
        var before = _disk.Syncs;

        for (var i = 0; i < 64; i++)
        {
            await _gateway.WriteAsync(file, (ulong)i << 16, new byte[1 << 16]);
        }

        Assert.That(_disk.Syncs, Is.EqualTo(before), "UNSTABLE waits for no disk");
        await _gateway.CommitAsync(file);
        Assert.That(_disk.Syncs, Is.EqualTo(before + 1));
        await _gateway.CommitAsync(file);
        Assert.That(_disk.Syncs, Is.EqualTo(before + 1), "nothing is left to sync");
    }

    [Test]
    [Covers("N-129", "N-132")]
    public async Task ASyncThatFails_IsAnError_AndClientsLearnThatBytesMayBeLost()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        await _gateway.CommitAsync(file);
        var written = await _gateway.WriteAsync(file, 0, [7, 8, 9, 10]);
        var other = await _gateway.WriteAsync(await _gateway.MakeFileAsync("other"), 0, [1]);
        Assert.That(other.Verifier, Is.EqualTo(written.Verifier), "one for all files");
        _disk.FailNextSync();

        var failed = await _gateway.Files.CommitAsync(file, 0, 0, default);

        Assert.That(failed.Error, Is.EqualTo(VfsError.Io));
        Assert.That(failed.Wcc.After, Is.EqualTo(_gateway.Attributes(file)), "as it is now");
        var again = await _gateway.Files.CommitAsync(file, 0, 0, default);
        Assert.That((again.Error, again.Verifier != written.Verifier), Is.EqualTo((VfsError.None, true)));
        var sentAgain = await _gateway.WriteAsync(file, 0, [7, 8, 9, 10]);
        var done = await _gateway.Files.CommitAsync(file, 0, 0, default);
        Assert.That((done.Error, done.Verifier), Is.EqualTo((VfsError.None, sentAgain.Verifier)));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 7, 8, 9, 10 }));
    }

    [Test]
    [Covers("N-128", "N-132")]
    public async Task AStableWrite_ThatTheDiskRefuses_IsAnError()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        await _gateway.CommitAsync(file);
        _disk.FailNextSync();

        var failed = await _gateway.Files.WriteAsync(Caller.Root, file, 3, new byte[10], Stability.FileSync, default);

        Assert.That((failed.Error, failed.Count), Is.EqualTo((VfsError.Io, 0)));
        Assert.That(failed.Wcc.After, Is.EqualTo(_gateway.Attributes(file)));
        Assert.That(await _gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task ASyncThatFails_WhileTheFileIsSent_LeavesNothingUnsent()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        await _gateway.CommitAsync(file);
        var seen = _disk.Stall();
        var written = _gateway.Files.WriteAsync(Caller.Root, file, 3, new byte[9], Stability.FileSync, default);
        await seen.WaitAsync(s_deadline);
        var sent = _gateway.TrySyncAsync();
        await Eventually.IsSoAsync(() => _gateway.Files.GetStatus().DirtyBytes == 0);

        _disk.FailNextSync();
        _disk.Resume();

        Assert.That((await written).Error, Is.EqualTo(VfsError.Io));
        await sent;
        await _gateway.SyncAsync();
        Assert.That(await _gateway.StoredBytesAsync("f"), Is.EqualTo(new byte[] { 1, 2, 3 }), "what is durable here");
    }

    [Test]
    [Covers("N-135")]
    public async Task ADiskThatHangs_IsAskAgain_AndNotForEver([Values] bool isWrite)
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        var seen = _disk.Stall();
        var waiting = isWrite
            ? ErrorOfAsync(_gateway.Files.WriteAsync(Caller.Root, file, 0, new byte[5], Stability.FileSync, default))
            : ErrorOfAsync(_gateway.Files.CommitAsync(file, 0, 0, default));
        await seen.WaitAsync(s_deadline);
        Assert.That(waiting.IsCompleted, Is.False, "nothing is stable yet");

        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.That(await waiting.WaitAsync(s_deadline), Is.EqualTo(VfsError.Again));
        _disk.Resume();
        await _gateway.CommitAsync(file);
    }

    [Test]
    [Covers("N-85")]
    public async Task WhatOthersWrote_WhileItWaited_IsNotSaidToBeItsOwn()
    {
        var file = await _gateway.MakeFileAsync("f", [1, 2, 3]);
        var seen = _disk.Stall();
        var waiting = _gateway.Files.CommitAsync(file, 0, 0, default).AsTask();
        await seen.WaitAsync(s_deadline);
        await _gateway.WriteAsync(file, 0, [9, 9, 9, 9]);
        _disk.Resume();

        var done = await waiting.WaitAsync(s_deadline);

        // A client that saw its own attributes before and others after would take the write for its own.
        Assert.That(done.Error, Is.EqualTo(VfsError.None));
        Assert.That(done.Wcc.After, Is.EqualTo(_gateway.Attributes(file)));
        Assert.That(done.Wcc.Before, Is.EqualTo(done.Wcc.After!.Value.Wcc));
    }

    private static async Task<VfsError> ErrorOfAsync(ValueTask<WriteResult> write) => (await write).Error;

    private static async Task<VfsError> ErrorOfAsync(ValueTask<CommitResult> commit) => (await commit).Error;
}
