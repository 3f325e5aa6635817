using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// A restart is a pause: a client that is in the middle of something waits, goes on by itself, and what it wrote is
/// right. If not, users lose files that their programs were told are safe.
/// </summary>
[Category("Kernel")]
internal sealed class KernelRestartTests
{
    private const long CopyBytes = 256L << 20;

    private static readonly Func<GatewayProcess, Task> Kill = g => g.KillAsync();
    private static readonly Func<GatewayProcess, Task> Stop = g => g.StopAsync();

    private static IEnumerable<TestCaseData> Endings =>
    [
        new TestCaseData(Kill).SetArgDisplayNames("kill -9"),
        new TestCaseData(Stop).SetArgDisplayNames("clean stop"),
    ];

    // Many files are copied; each is safe when its copy ended, and the gateway goes away between and within them.
    [TestCaseSource(nameof(Endings))]
    public async Task CopyOfManyFiles_GatewayGoesAwayTwice_GoesOnAndIsRight(Func<GatewayProcess, Task> end)
    {
        using var directory = new TemporaryDirectory();
        RandomFile.Write(directory["source"], CopyBytes, seed: 2);
        using var gateway = await GatewayProcess.StartAsync();
        using var guest = Guest.Start(
            gateway,
            """
            mkdir copy
            for i in $(seq 0 63); do
              dd if=/dev/vdb of=copy/$i bs=1M skip=$((4 * i)) count=4 conv=excl,fsync status=none
              echo "file $i"
            done
            echo 3 >/proc/sys/vm/drop_caches
            test "$(ls copy | wc -l)" = 64
            (for i in $(seq 0 63); do cat copy/$i; done) | cmp - /dev/vdb
            """,
            new GuestOptions { Disk = directory["source"], ServerGoesAway = true });

        foreach (var last in (int[])[10, 40])
        {
            await guest.WaitForLineAsync($"file {last}");
            await end(gateway);
            Assert.That(guest.Output, Does.Not.Contain("file 63"), "in the middle of the copy");
            await gateway.StartAgainAsync();
        }

        await guest.FinishAsync();
    }

    // One large file is written with nothing acknowledged as stable until its end: after a crash the client has to
    // notice, and send again what the gateway no longer has.
    [TestCaseSource(nameof(Endings))]
    [Covers("EC-271", "N-131")]
    public async Task CopyOfOneLargeFile_GatewayGoesAway_GoesOnAndIsRight(Func<GatewayProcess, Task> end)
    {
        using var directory = new TemporaryDirectory();
        var hash = RandomFile.Write(directory["source"], CopyBytes, seed: 3);
        using var gateway = await GatewayProcess.StartAsync();
        using var guest = Guest.Start(
            gateway,
            """
            dd if=/dev/vdb of=big bs=1M conv=fsync status=none
            echo written
            echo 3 >/proc/sys/vm/drop_caches
            cmp big /dev/vdb
            """,
            new GuestOptions { Disk = directory["source"], ServerGoesAway = true });

        await gateway.UntilAsync(s => s.ReceivedBytes > 16 << 20);
        await end(gateway);
        Assert.That(guest.Output, Does.Not.Contain("written"), "in the middle of the copy");
        await gateway.StartAgainAsync();

        await guest.FinishAsync();
        Assert.That(await Libnfs.Sha256Async(gateway, "/big"), Is.EqualTo(hash));
    }

    // A lock file is made by one program only. A create that was done and not answered is sent again, and must not meet
    // the file that it made itself.
    [TestCaseSource(nameof(Endings))]
    public async Task ExclusiveCreates_GatewayGoesAwayTwice_SucceedOnceEach(Func<GatewayProcess, Task> end)
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var guest = Guest.Start(
            gateway,
            """
            mkdir locks
            cat >/tmp/exclusive <<'END'
            import os
            def make(number):
                os.close(os.open('locks/%d' % number, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
            for number in range(400):
                make(number)
                print('made', number, flush=True)
            assert sorted(map(int, os.listdir('locks'))) == list(range(400))
            for number in range(400):
                assert os.stat('locks/%d' % number).st_mode & 0o777 == 0o640
                try:
                    make(number)
                    raise AssertionError('made twice: %d' % number)
                except FileExistsError:
                    pass
            END
            python3 /tmp/exclusive
            """,
            new GuestOptions { ServerGoesAway = true });

        foreach (var last in (int[])[50, 200])
        {
            await guest.WaitForLineAsync($"made {last}");
            await end(gateway);
            Assert.That(guest.Output, Does.Not.Contain("made 399"), "in the middle of it");
            await gateway.StartAgainAsync();
        }

        await guest.FinishAsync();
    }

    // Open files and working directories outlive a restart: handles name the same objects afterwards.
    [TestCaseSource(nameof(Endings))]
    [Covers("EC-261", "EC-271", "N-74", "N-78")]
    public async Task OpenFilesAndDirectories_GatewayGoesAway_AreTheSame(Func<GatewayProcess, Task> end)
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var guest = Guest.Start(
            gateway,
            """
            mkdir -p dir/sub && cd dir/sub
            echo before >file && sync file
            inode=$(stat -c %i file)
            exec 3<file 4>>file
            mkfifo /tmp/never
            echo ready
            # The gateway is gone by the time that it is asked; the client waits.
            until test -e /mnt/again; do sleep 0.2; done
            echo after >&4
            exec 4>&-
            test "$(cat <&3)" = $'before\nafter'
            test "$(stat -c %i file)" = "$inode"
            test "$(stat -c %i /mnt/dir/sub/file)" = "$inode"
            """,
            new GuestOptions { ServerGoesAway = true, Options = "actimeo=1" });

        await guest.WaitForLineAsync("ready");
        await end(gateway);
        await gateway.StartAgainAsync();
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["again"], "go");
        await Libnfs.CopyAsync(directory["again"], Libnfs.Url(gateway, "/again"));

        await guest.FinishAsync();
    }
}
