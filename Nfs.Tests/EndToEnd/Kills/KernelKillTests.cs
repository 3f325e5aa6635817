using System.Diagnostics;
using System.Globalization;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>
/// kill -9 of the gateway, again and again, while a guest commits to a git repository, unpacks archives and fills a
/// database on the mount. No program may notice more than a pause. NFSGW_KERNEL_KILLS sets how often (50 for the
/// whole), NFSGW_KILL_SEED when.
/// </summary>
[Category("Kernel")]
internal sealed class KernelKillTests
{
    private const int KillsDefault = 3;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    // Each goes on until the host says stop, and then looks at everything that it did. A beat is a write that is safe,
    // and says how many seconds after the last one it was: the longest of them after a kill is the pause.
    private const string Programs =
        """
        stopped() { test -e /mnt/stop; }

        use_git() {
          git config --global user.name Tester
          git config --global user.email tester@example.org
          git init -q work
          cd work
          n=0
          until stopped; do
            n=$((n + 1))
            mkdir -p $((n % 7))
            seq $n $((n + 500)) >$((n % 7))/$((n % 20))
            git add .
            git commit -qm "Commit $n"
            test $((n % 10)) != 0 || git gc -q
            echo "git $n"
          done
          git fsck --strict
          test "$(git rev-list --count HEAD)" = $n
          test -z "$(git status --porcelain)"
        }

        use_tar() {
          mkdir archives
          n=0
          until stopped; do
            n=$((n + 1))
            mkdir archives/$n
            tar -xpf /tmp/archive.tar -C archives/$n
            tar -df /tmp/archive.tar -C archives/$n
            test $n -lt 4 || rm -r archives/$((n - 3))
            echo "tar $n"
          done
          for i in $(ls archives); do diff -r /tmp/archive archives/$i; done
        }

        use_sqlite() {
          sqlite3 db 'CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)'
          n=0
          until stopped; do
            n=$((n + 1))
            sqlite3 -bail db "BEGIN; INSERT INTO t VALUES ($n, randomblob(5000)); UPDATE t SET body = randomblob(3000)
              WHERE id = $n / 2; COMMIT"
            echo "sqlite $n"
          done
          test "$(sqlite3 db 'PRAGMA integrity_check')" = ok
          test "$(sqlite3 db 'SELECT count(*), max(id) FROM t')" = "$n|$n"
        }

        cat >/tmp/beat <<'END'
        import os, time
        file, number, last = os.open('beat', os.O_RDWR | os.O_CREAT | os.O_DSYNC), 0, time.monotonic()
        while not os.path.exists('/mnt/stop'):
            number += 1
            os.pwrite(file, b'%8d' % number, 0)
            now = time.monotonic()
            print('beat', number, '%.2f' % (now - last), flush=True)
            last = now
            time.sleep(0.1)
        END

        mkdir /tmp/archive
        cp -r /usr/share/perl5/Git* /usr/share/perl5/Error* /tmp/archive
        tar -cf /tmp/archive.tar -C /tmp/archive .

        pids=
        use_git & pids="$pids $!"
        use_tar & pids="$pids $!"
        use_sqlite & pids="$pids $!"
        python3 /tmp/beat & pids="$pids $!"
        for p in $pids; do wait $p; done
        echo 3 >/proc/sys/vm/drop_caches
        git -C work fsck --strict
        for i in $(ls archives); do diff -r /tmp/archive archives/$i; done
        test "$(sqlite3 db 'PRAGMA integrity_check')" = ok
        """;

    [Test]
    [Covers("N-219")]
    public async Task Programs_GatewayIsKilledUnderThem_NoticeAPause()
    {
        var kills = Setting.Of("NFSGW_KERNEL_KILLS", KillsDefault);
        var random = new Random(Setting.Of("NFSGW_KILL_SEED", Environment.TickCount));
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "100ms", "--flush-max-age", "500ms");
        using var guest = Guest.Start(
            gateway, Programs,
            new GuestOptions
            {
                ServerGoesAway = true,
                Options = "actimeo=1",
                Deadline = TimeSpan.FromMinutes(6) + (kills * s_deadline),
            });
        await guest.WaitForLineAsync("git 1");
        await guest.WaitForLineAsync("tar 1");
        await guest.WaitForLineAsync("sqlite 1");

        List<int> beatsAtKills = [];
        List<double> absences = [];
        for (var kill = 0; kill < kills; kill++)
        {
            await UntilBeatAsync(guest, BeatsOf(guest) + random.Next(3, 30));
            Assert.That(await gateway.UndueErrorsAsync(), Is.Empty);
            beatsAtKills.Add(BeatsOf(guest));
            var away = Stopwatch.StartNew();
            await gateway.KillAsync();
            await gateway.StartAgainAsync();
            absences.Add(away.Elapsed.TotalSeconds);
        }

        await UntilBeatAsync(guest, BeatsOf(guest) + 10);
        await SayStopAsync(gateway);
        var output = await guest.FinishAsync();
        TestContext.Out.WriteLine($"{kills} kills; {string.Join("; ", LastLines(output))}");
        TestContext.Out.WriteLine($"the gateway was away: {Described(absences)}");
        TestContext.Out.WriteLine($"the programs paused:  {Described(PausesAfter(beatsAtKills, output))}");
    }

    private static async Task SayStopAsync(GatewayProcess gateway)
    {
        await using var mount = await NfsMount.StartAsync(gateway.Port);
        await mount.MkdirAsync(mount.Root, "stop");
    }

    private static int BeatsOf(Guest guest) => Lines(guest.Output, "beat").Count();

    private static async Task UntilBeatAsync(Guest guest, int number)
    {
        var waited = Stopwatch.StartNew();
        while (BeatsOf(guest) < number)
        {
            Assert.That(waited.Elapsed, Is.LessThan(s_deadline), () => "no beat: " + guest.Output);
            await Task.Delay(20);
        }
    }

    /// <summary>The longest time between two beats from each kill to the next.</summary>
    private static IEnumerable<double> PausesAfter(List<int> beatsAtKills, string output)
    {
        var gaps = Lines(output, "beat")
            .Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture)).ToArray();
        return beatsAtKills.Zip([.. beatsAtKills.Skip(1), gaps.Length], (from, to) => gaps[from..to].Max());
    }

    private static string Described(IEnumerable<double> seconds)
    {
        var sorted = seconds.Order().ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sorted[0]:0.00} to {sorted[^1]:0.00} s, median {sorted[sorted.Length / 2]:0.00}, "
            + $"nine of ten at most {sorted[sorted.Length * 9 / 10]:0.00}");
    }

    /// <summary>How far each program came.</summary>
    private static IEnumerable<string> LastLines(string output) =>
        ((string[])["git", "tar", "sqlite", "beat"]).Select(program => Lines(output, program).Last());

    private static IEnumerable<string> Lines(string output, string program) => output.Split('\n')
        .Where(line => line.StartsWith(program + " ", StringComparison.Ordinal));
}
