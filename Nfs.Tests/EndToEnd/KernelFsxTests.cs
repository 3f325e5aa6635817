using System.Globalization;
using System.Text.RegularExpressions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// Programs read, write, cut and map files on a mount at random while the gateway sends them to the store and drops
/// them from its cache. A failure here is a byte that somebody wrote and does not get back. NFSGW_FSX_SECONDS sets how
/// long (600 for the whole), NFSGW_FSX_SEED what is done.
/// </summary>
[Category("Kernel")]
internal sealed partial class KernelFsxTests
{
    private const int SecondsDefault = 20;
    private const int Files = 3;

    private static readonly string[] s_kinds =
        ["append", "forget", "map_read", "map_write", "read", "read_direct", "reopen", "sync", "truncate", "write"];

    [Test]
    [Covers("N-235")]
    public async Task RandomUse_WithFlushesAndEvictionsUnderneath_GivesEveryByteBack()
    {
        var seconds = Setting.Of("NFSGW_FSX_SECONDS", SecondsDefault);
        var seed = Setting.Of("NFSGW_FSX_SEED", Environment.TickCount & 0xFFFF);
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "100ms", "--flush-max-age", "500ms");
        using var guest = Guest.Start(
            gateway, Script(seconds, seed),
            new GuestOptions { Deadline = TimeSpan.FromSeconds(seconds) + TimeSpan.FromMinutes(4) });

        var finishing = guest.FinishAsync();
        var evictions = 0;
        while (!finishing.IsCompleted)
        {
            await gateway.SyncAsync();
            await gateway.EvictAsync();
            evictions++;
        }

        var output = await finishing;
        await gateway.SyncAsync();
        await gateway.EvictAsync();
        TestContext.Out.WriteLine($"{output}{evictions} evictions");
        foreach (Match match in HashLine().Matches(output))
        {
            var (hash, name) = (match.Groups[1].Value, match.Groups[2].Value);
            Assert.That(await Libnfs.Sha256Async(gateway, "/" + name), Is.EqualTo(hash), name);
        }

        AssertMuchWasDone(output, evictions, await gateway.StatusAsync());
    }

    private static void AssertMuchWasDone(string output, int evictions, GatewayFigures figures)
    {
        Assert.That(HashLine().Matches(output), Has.Count.EqualTo(Files));
        foreach (var kind in s_kinds)
        {
            var count = Regex.Matches(output, $" {kind}=([0-9]+)")
                .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            Assert.That(count, Is.GreaterThan(0), kind);
        }

        Assert.That(evictions, Is.GreaterThan(1));
        Assert.That(figures.StoredBytes, Is.GreaterThan(1UL << 20), "flushed");
        Assert.That(figures.FetchedBytes, Is.GreaterThan(1UL << 20), "read back from the store");
    }

    private static string Script(int seconds, int seed) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        cat >/tmp/fsx <<'THE_END_OF_FSX'
        {{File.ReadAllText(Repository.Fsx)}}
        THE_END_OF_FSX
        pids=
        for i in $(seq {{Files}}); do
          python3 /tmp/fsx fsx$i --seconds {{seconds}} --seed $(({{seed}} + i)) &
          pids="$pids $!"
        done
        for p in $pids; do wait $p; done
        sha256sum fsx*
        """);

    [GeneratedRegex("^([0-9a-f]{64})  (fsx[0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex HashLine();
}
