using System.Diagnostics;
using System.Globalization;
using Cas.Client.Hashing;

namespace Bench;

/// <summary>
/// Figures within seconds, from a timing loop of our own: each is the best of several short rounds, which go round
/// robin so that a busy machine disturbs all of them alike.
/// </summary>
internal static class QuickTable
{
    private const int Rounds = 12;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(TextWriter output)
    {
        var data = new byte[32 << 20];
        new Random(1).NextBytes(data);
        var copy = new byte[1 << 20];
        var figures = new List<Figure>
        {
            new("copy", "1 MiB", 1 << 20, () => data.AsSpan(0, 1 << 20).CopyTo(copy)),
        };
        foreach (var kernel in Enum.GetValues<Blake3Kernel>().Where(Blake3Kernels.Has))
        {
            foreach (var (name, size) in Sizes)
            {
                figures.Add(new(
                    $"BLAKE3 {kernel}", name, size, () => Blake3.Hash(Blake3Key.None, data.AsSpan(0, size), kernel)));
            }
        }

        figures.Add(new("chunking", "32 MiB", data.Length, () => Workloads.CountChunks(data)));
        figures.Add(new("chunking + hashing", "32 MiB", data.Length, () => Workloads.HashChunks(data)));

        var chunks = Workloads.Chunks(16384);
        var tree = MerkleTree.Of(chunks);
        Figure[] edits =
        [
            new("merkle root", "16384", 1, () => MerkleRoot.Of(chunks)),
            new("merkle tree, one new", "16384", 1, () => Workloads.ReplaceOne(tree, chunks)),
        ];

        for (var round = 0; round < Rounds; round++)
        {
            Array.ForEach(edits, figure => figure.Measure(s_round));
            figures.ForEach(figure => figure.Measure(s_round));
        }

        var reference = B3Sum.BytesPerSecond(data);
        output.WriteLine($"{"what",-20} {"input",-8} {"MB/s",8} {"x b3sum",8}");
        foreach (var figure in figures)
        {
            var ratio = reference > 0 && figure.Name.StartsWith("BLAKE3", StringComparison.Ordinal)
                ? (figure.BytesPerSecond / reference).ToString("0.00", CultureInfo.InvariantCulture)
                : "-";
            var speed = (figure.BytesPerSecond / 1e6).ToString("0", CultureInfo.InvariantCulture);
            output.WriteLine($"{figure.Name,-20} {figure.Input,-8} {speed,8} {ratio,8}");
        }

        output.WriteLine(reference > 0
            ? $"{"b3sum, one thread",-20} {"large",-8} {(long)(reference / 1e6),8} {"1.00",8}"
            : "b3sum is not installed: no ratio");
        foreach (var figure in edits)
        {
            var time = (1e6 / figure.BytesPerSecond).ToString("0.0", CultureInfo.InvariantCulture);
            output.WriteLine($"{figure.Name,-20} {figure.Input,-8} {time,8} microseconds");
        }

        ComposeFigures.Run(output);
        await new StoreFigures(output).RunAsync();
        return 0;
    }

    private static (string Name, int Size)[] Sizes => [("1 KiB", 1 << 10), ("64 KiB", 1 << 16), ("1 MiB", 1 << 20)];

    private sealed class Figure(string name, string input, int bytes, Action action)
    {
        private int _repeat = 1;

        public string Name => name;

        public string Input => input;

        public double BytesPerSecond { get; private set; }

        public void Measure(TimeSpan duration)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < _repeat; i++)
            {
                action();
            }

            var seconds = watch.Elapsed.TotalSeconds;
            BytesPerSecond = Math.Max(BytesPerSecond, bytes * (double)_repeat / seconds);
            _repeat = (int)Math.Clamp(_repeat * duration.TotalSeconds / Math.Max(seconds, 1e-6), 1, _repeat * 100d);
        }
    }
}
