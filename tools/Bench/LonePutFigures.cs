using System.Diagnostics;
using System.Globalization;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bench;

/// <summary>What a small put takes that has nobody to share a sync with, from call to return.</summary>
internal static class LonePutFigures
{
    private const int Puts = 300;

    /// <summary>Measures with a store in an empty directory, and prints.</summary>
    public static async Task RunAsync(TextWriter output, string directory)
    {
        var store = await StoreOpener.OpenStoreAsync(
            "file://" + directory, TimeProvider.System, NullLoggerFactory.Instance, default);
        await using (store)
        {
            var times = new List<double>();
            for (var put = 0; put < Puts; put++)
            {
                var bytes = new byte[4096];
                new Random(put).NextBytes(bytes);
                var watch = Stopwatch.StartNew();
                _ = (await store.Content.PutAsync(new ArraySource(bytes), default)).Value;
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            times.Sort();
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{times[Puts / 10]:0.00} ms at p10, {times[Puts / 2]:0.00} at p50, {times[Puts * 9 / 10]:0.00} at p90");
            output.WriteLine($"put of 4 KiB alone: {text}");
        }
    }
}
