using System.Diagnostics;
using System.Globalization;
using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bench;

/// <summary>
/// A store with many chunks: how fast they come into the index, how long the store takes to open, and a look-up. The
/// hashes are made up and there are no xorbs, but shards and index are written by the store's own code.
/// </summary>
internal sealed class IndexFigures(TextWriter output, string directory, int chunks)
{
    private const int ChunksPerXorb = 1024;
    private const int XorbsPerFile = 16;
    private const int ChunksPerFile = ChunksPerXorb * XorbsPerFile;
    private const uint ChunkBytes = 64 << 10;
    private const int LookUps = 100_000;
    private const int LookUpsPerCall = 16;
    private const int Rounds = 5;

    // Made-up hashes are apart by their numbers.
    private const ulong Xorbs = 1UL << 50;
    private const ulong Unknown = 1UL << 51;
    private const ulong Names = 1UL << 52;

    private readonly string _index = Path.Join(directory, StoreLayout.Index);
    private readonly int _files = Math.Max(chunks / ChunksPerFile, 1);

    /// <summary>Makes the store in an empty directory, measures, and prints.</summary>
    public async Task RunAsync()
    {
        await OpenStore().DisposeAsync();
        Fill();
        Print($"shards of {_files * ChunksPerFile} chunks", _files, string.Empty);
        Print("index.db", new FileInfo(_index).Length / 1e6, "MB");
        for (var round = 1; round <= Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var store = OpenStore();
            Print("open the store", watch.Elapsed.TotalMilliseconds, "ms");
            await store.DisposeAsync();
        }

        var before = ResidentBytes();
        using var index = ContentIndex.Open(_index);
        LookUp("look-up, hit", index, 0);
        LookUp("look-up, miss", index, Unknown);
        Print("memory for look-ups", (ResidentBytes() - before) / 1e6, "MB");
    }

    private LocalStore OpenStore() =>
        LocalStore.Open("file://" + directory, directory, null, TimeProvider.System, NullLoggerFactory.Instance);

    private void Fill()
    {
        var content = new ContentDirectory(directory, NullLogger.Instance);
        using var index = ContentIndex.Open(_index);
        using var recipes = new RecipeTable(index, content);
        using var xorbs = new LeaseCache<MerkleHash, OpenXorb>(_ => throw new NotSupportedException(), 1);
        var target = new LocalUploadTarget(content, index, recipes, xorbs, TimeProvider.System);
        var (watch, processor, start) = (new Stopwatch(), TimeSpan.Zero, 0);
        for (var file = 0; file < _files; file++)
        {
            var entries = Enumerable.Range(file * XorbsPerFile, XorbsPerFile).Select(XorbOf).ToArray();
            var hashes = Array.ConvertAll(entries, xorb => Array.ConvertAll(xorb.Chunks, chunk => chunk.Hash));
            var before = ProcessorTime();
            watch.Start();
            for (var i = 0; i < entries.Length; i++)
            {
                index.AddXorb(entries[i].Hash, hashes[i]);
            }

            watch.Stop();
            processor += ProcessorTime() - before;
            var shard = new ShardBuilder();
            Array.ForEach(entries, entry => shard.TryAdd(entry));
            shard.TryAdd(FileOf(file));
            target.PublishShard(shard);
            if ((file + 1) * 10 / _files > file * 10 / _files)
            {
                var count = (file + 1 - start) * ChunksPerFile;
                Print($"insert up to {(file + 1) * ChunksPerFile}", count / watch.Elapsed.TotalSeconds, "chunks/s");
                Print("  of it, processor", processor.TotalMicroseconds / count, "us a chunk");
                (processor, start) = (TimeSpan.Zero, file + 1);
                watch.Reset();
            }
        }
    }

    private static ShardXorb XorbOf(int xorb) => new(
        Hash(Xorbs + (ulong)xorb),
        [.. Enumerable.Range(0, ChunksPerXorb).Select(
            i => new ShardChunk(Hash(((ulong)xorb * ChunksPerXorb) + (ulong)i), (uint)i * ChunkBytes, ChunkBytes))]);

    private static ShardFile FileOf(int file) => new(
        Hash(Names + (ulong)file),
        [.. Enumerable.Range(file * XorbsPerFile, XorbsPerFile)
            .Select(xorb => new ShardTerm(Hash(Xorbs + (ulong)xorb), ChunksPerXorb * ChunkBytes, 0, ChunksPerXorb))]);

    /// <summary>Looks chunks up as an upload does, a block's at a time.</summary>
    private void LookUp(string name, ContentIndex index, ulong from)
    {
        var random = new Random(1);
        var best = double.MaxValue;
        var places = new ChunkPlace?[LookUpsPerCall];
        for (var round = 0; round < Rounds; round++)
        {
            var wanted = Enumerable.Range(0, LookUps)
                .Select(_ => new MerkleNode(Hash(from + (ulong)random.Next(_files * ChunksPerFile)), ChunkBytes))
                .ToArray();
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < LookUps; i += LookUpsPerCall)
            {
                index.FindChunks(wanted.AsSpan(i, LookUpsPerCall), places);
            }

            best = Math.Min(best, watch.Elapsed.TotalMicroseconds / LookUps);
        }

        Print(name, best, "us");
    }

    private static MerkleHash Hash(ulong number) =>
        new(Mix(number), Mix(number + (1UL << 60)), Mix(number + (2UL << 60)), Mix(number + (3UL << 60)));

    private static ulong Mix(ulong number)
    {
        var z = number * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static TimeSpan ProcessorTime() => Environment.CpuUsage.TotalTime;

    private static long ResidentBytes() => Environment.WorkingSet;

    private void Print(string what, double value, string unit) => output.WriteLine(
        $"{what,-32} {value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture),12} {unit}");
}
