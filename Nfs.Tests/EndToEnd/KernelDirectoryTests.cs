using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// A directory of very many files, as mail stores, caches and cameras make them. If this fails, a listing misses files,
/// shows some twice, or never ends. NFSGW_DIRECTORY_FILES sets how many (1000000 for the whole).
/// </summary>
[Category("Kernel")]
internal sealed class KernelDirectoryTests
{
    private const int FilesDefault = 20_000;
    private const int CallsInFlight = 64;

    private static readonly int s_files = Setting.Of("NFSGW_DIRECTORY_FILES", FilesDefault);

    // Another client makes the files; the guest lists them while files come and go among them, and once more in peace.
    [Test]
    public async Task ManyFiles_AreListedOnceEach()
    {
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "1h", "--flush-max-age", "2h");
        await using (var mount = await NfsMount.StartAsync(gateway.Port))
        {
            var many = (await mount.MkdirAsync(mount.Root, "many")).Handle;
            await Parallel.ForEachAsync(
                Enumerable.Range(0, s_files), new ParallelOptions { MaxDegreeOfParallelism = CallsInFlight },
                async (i, _) => await mount.CreateAsync(many, NameOf(i), CreateMode.Unchecked));
        }

        await Guest.RunAsync(
            gateway,
            string.Create(CultureInfo.InvariantCulture, $$"""
            cat >/tmp/list <<'END'
            import os, sys
            count, changes = {{s_files}}, len(sys.argv) > 1
            seen = bytearray(count)
            for entry in os.scandir('many'):
                if not entry.name.isdigit():
                    continue
                number = int(entry.name)
                assert not seen[number], entry.name + ' twice'
                seen[number] = 1
                if changes and number % (count // 100) == 0:
                    os.close(os.open('many/new' + entry.name, os.O_CREAT | os.O_EXCL))
                    if number % (count // 50) == 0:
                        os.unlink('many/new' + entry.name)
            assert all(seen), 'missing: %d' % seen.index(0)
            END
            python3 /tmp/list changes
            echo 3 >/proc/sys/vm/drop_caches
            python3 /tmp/list
            test "$(ls -U many | grep -c new)" = 50
            """),
            new GuestOptions { Deadline = TimeSpan.FromMinutes(30), MemoryMiB = 2048 });
    }

    private static string NameOf(int number) => number.ToString("D8", CultureInfo.InvariantCulture);
}
