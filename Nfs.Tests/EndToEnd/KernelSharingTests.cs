using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// Two machines with the same mount. What one has closed, the other sees when it opens: NFS promises no more, and users
/// who work on two machines rely on no less.
/// </summary>
[Category("Kernel")]
internal sealed class KernelSharingTests
{
    // Each machine appends its line when it sees the other's: a size or a page that is out of date puts a line in the
    // wrong place, or over another.
    private const string AppendInTurns =
        """
        for i in $(seq $FIRST 2 40); do
          until test "$(tail -n 1 log)" = "line $((i - 1))"; do :; done
          echo "line $i" >>log
        done
        until test "$(tail -n 1 log)" = 'line 40'; do :; done
        seq -f 'line %.0f' 0 40 | diff - log
        """;

    private const string TakeTurns =
        """
        turn() { until test "$(cat turn)" = "$1"; do :; done; }
        pass() { echo "$1" >turn; }
        same() { test "$(sha256sum <data)" = "$(cat sum)"; }

        """;

    private const string Writer =
        """
        for i in $(seq 1 5); do
          head -c 300000 /dev/urandom | dd of=data conv=notrunc bs=100k iflag=fullblock status=none
          sha256sum <data >sum
          pass "written $i"
          turn "read $i"
        done
        cat >/tmp/map <<'END'
        import mmap
        with open('data', 'r+b') as file, mmap.mmap(file.fileno(), 0) as bytes:
            bytes[4090:4100] = b'0123456789'
            bytes[299990:300000] = b'9876543210'
            bytes.flush()
        END
        python3 /tmp/map
        sha256sum <data >sum
        pass mapped
        """;

    private const string Reader =
        """
        for i in $(seq 1 5); do
          turn "written $i"
          same
          pass "read $i"
        done
        turn mapped
        same
        test "$(head -c 4100 data | tail -c 10)" = 0123456789
        test "$(tail -c 10 data)" = 9876543210
        """;

    [Test]
    [Covers("N-236")]
    public async Task Appends_OfTwoMachinesInTurn_AreAllThereInOrder()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await PutAsync(gateway, "/log", "line 0\n");

        await BothAsync(gateway, "FIRST=1\n" + AppendInTurns, "FIRST=2\n" + AppendInTurns);
    }

    // The file keeps its length, so that nothing but its times tells the reader that it has changed.
    [Test]
    [Covers("N-236")]
    public async Task File_WrittenAndClosedOnOneMachine_IsNewWhenTheOtherOpensIt()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await PutAsync(gateway, "/turn", "\n");

        await BothAsync(gateway, TakeTurns + Writer, TakeTurns + Reader);
    }

    private static async Task BothAsync(GatewayProcess gateway, string one, string other)
    {
        using var first = Guest.Start(gateway, one, new GuestOptions { Name = "first" });
        using var second = Guest.Start(gateway, other, new GuestOptions { Name = "second" });
        await Task.WhenAll(first.FinishAsync(), second.FinishAsync());
    }

    private static async Task PutAsync(GatewayProcess gateway, string path, string text)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["text"], text);
        await Libnfs.CopyAsync(directory["text"], Libnfs.Url(gateway, path));
    }
}
