using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// stress-ng's file-system stressors, which look for what a file system forgot: one after the other, each checking what
/// it did. NFSGW_STRESS_NG_SECONDS sets how long all of them take (600 for the whole).
/// </summary>
[Category("Kernel")]
internal sealed class KernelStressTests
{
    private const int SecondsDefault = 40;

    [Test]
    [Covers("N-235")]
    public async Task FileSystemStressors_FindNothingWrong()
    {
        var seconds = Setting.Of("NFSGW_STRESS_NG_SECONDS", SecondsDefault);
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "500ms", "--flush-max-age", "2s");

        var output = await Guest.RunAsync(
            gateway,
            string.Create(CultureInfo.InvariantCulture, $$"""
            mkdir stress && cd stress
            stress-ng --class 'filesystem?' 2>&1 | sed 's/.*: //' | tr ' ' '\n' | grep . >/tmp/stressors
            count=$(wc -l </tmp/stressors)
            test $count -gt 30
            each=$(({{seconds}} / count))
            test $each -gt 0 || each=1
            # What is left out does not touch the mount.
            stress-ng --class filesystem --exclude bind-mount,binderfs,eventfd,procfs --sequential 1 --timeout $each \
              --verify --temp-path . --metrics-brief --hdd-bytes 16m --iomix-bytes 16m --fallocate-bytes 16m \
              --sync-file-bytes 16m >/tmp/report 2>&1 || { rc=$?; cat /tmp/report >&2; exit $rc; }
            cat /tmp/report
            refused grep -E 'fail:|error:' /tmp/report
            cd ..
            rm -rf stress
            """),
            new GuestOptions { Deadline = TimeSpan.FromSeconds(seconds) + TimeSpan.FromMinutes(10) });

        TestContext.Out.WriteLine(output);
        await gateway.SyncAsync();
    }
}
