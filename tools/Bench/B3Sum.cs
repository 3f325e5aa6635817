using System.ComponentModel;
using System.Diagnostics;

namespace Bench;

/// <summary>The speed of the b3sum program on one thread: the yardstick for BLAKE3.</summary>
internal static class B3Sum
{
    private const int Rounds = 7;
    private const int Copies = 16;

    /// <summary>
    /// Bytes a second on a large file in memory, start-up time taken off; 0 if b3sum is not installed. The better of
    /// its two ways to read, mapping and reading, counts.
    /// </summary>
    public static double BytesPerSecond(byte[] data)
    {
        var directory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var large = Path.Combine(directory, Path.GetRandomFileName());
        var empty = Path.Combine(directory, Path.GetRandomFileName());
        try
        {
            using (var file = File.Create(large))
            {
                for (var i = 0; i < Copies; i++)
                {
                    file.Write(data);
                }
            }

            File.WriteAllBytes(empty, []);
            var startUp = Best(empty);
            return startUp == 0 ? 0 : (double)data.Length * Copies / (Best(large) - startUp);
        }
        finally
        {
            File.Delete(large);
            File.Delete(empty);
        }
    }

    private static double Best(string path)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var way in (string[][])[[], ["--no-mmap"]])
            {
                var seconds = Seconds(["--num-threads", "1", .. way, path]);
                if (seconds == 0)
                {
                    return 0;
                }

                best = Math.Min(best, seconds);
            }
        }

        return best;
    }

    private static double Seconds(string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var start = new ProcessStartInfo("b3sum", arguments) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : 0;
        }
        catch (Win32Exception)
        {
            return 0;
        }
    }
}
