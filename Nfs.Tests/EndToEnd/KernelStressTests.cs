using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// stress-ng's file-system stressors, which look for what a file system forgot: one after the other, each checking what it
/// did. NFSGW_STRESS_SECONDS sets how long they run together (600 for the whole).
/// </summary>
[Category("Kernel")]
internal sealed class KernelStressTests
{
    private const int SecondsDefault = 8;

    // Each needs a second, so that a short run has the first ones only; those behind are slow to begin or to end. Not among
    // them are those that leave the mount alone or are for what NFSv3 does not have, and fsize: it fails where the client
    // has no fallocate.
    private static readonly string[] s_stressors = (
        "hdd rename copy-file dir open fpunch iomix access chattr chdir chown dnotify dup fallocate fanotify fcntl "
        + "file-ioctl flock fstat getdent handle inode-flags inotify io lease locka lockf lockofd mknod sync-file touch "
        + "utime chmod dirdeep dentry dirmany link symlink filename").Split(' ');

    [Test]
    [Covers("N-235")]
    public async Task FileSystemStressors_FindNothingWrong()
    {
        var seconds = Setting.Of("NFSGW_STRESS_SECONDS", SecondsDefault);
        var secondsEach = Math.Max(1, seconds / s_stressors.Length);
        var stressors = string.Join(' ', s_stressors.Take(seconds));
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "500ms", "--flush-max-age", "2s");

        var output = await Guest.RunAsync(
            gateway,
            string.Create(CultureInfo.InvariantCulture, $$"""
            mkdir stress
            for stressor in {{stressors}}; do
              stress-ng --$stressor 1 --timeout {{secondsEach}} --verify --temp-path stress --metrics-brief \
                --hdd-bytes 16m --iomix-bytes 16m --fallocate-bytes 16m --sync-file-bytes 16m --copy-file-bytes 128m \
                >/tmp/report 2>&1 || { rc=$?; cat /tmp/report >&2; exit $rc; }
              refused grep -E 'fail:|error:' /tmp/report
              grep -m1 "metrc:.* $stressor " /tmp/report | awk '{ print $4, $5, "in", $6, "s" }'
            done
            test -z "$(ls -A stress)"
            """),
            new GuestOptions { Deadline = TimeSpan.FromSeconds(3 * seconds) + TimeSpan.FromMinutes(6) });

        TestContext.Out.WriteLine(output);
        await gateway.SyncAsync();
    }
}
