using System.Diagnostics;
using System.Globalization;
using Cas.Client;
using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Hashing;

namespace Bench;

/// <summary>What composing an edited file costs without a store: old bytes lie in memory, new chunks are counted.</summary>
internal sealed class ComposeFigures(byte[] content) : IContentSource, IOldBytes
{
    private const int Rounds = 3;

    /// <inheritdoc/>
    public ulong Length => (ulong)content.Length;

    /// <summary>Measures and prints.</summary>
    public static void Run(TextWriter output)
    {
        var content = new byte[64 << 20];
        new Random(1).NextBytes(content);
        var figures = new ComposeFigures(content);
        var map = figures.Map();
        var random = new Random(2);
        var scattered = Edits(Enumerable.Range(0, 53_000).Select(_ => (ulong)random.Next(8 << 20) * 8), 8);
        output.WriteLine($"{"compose",-20} {"of",-8} {"ms",8} {"KiB read",10} {"KiB new",10}");
        figures.Measure(output, "53000 edits of 8 B", map, [scattered]);
        figures.Measure(
            output, "1 B, mean of 300", map, [.. Enumerable.Range(0, 300).Select(i => Edits([(ulong)i * 223_693], 1))]);
        figures.Measure(output, "1 % in one block", map, [Edits([20_000_000], 671_088)]);
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        content.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadAsync(chunk.Place.Offset, destination, cancellationToken);

    // New bytes are other ones of the content.
    private static Edit[] Edits(IEnumerable<ulong> offsets, ulong length) =>
        [.. offsets.Distinct().Order().Select(o => new Edit(o, o + length, (o + 33_333_333) % (63 << 20), length))];

    private ChunkMap Map()
    {
        var chunks = new List<MerkleNode>();
        for (var rest = (ReadOnlySpan<byte>)content; !rest.IsEmpty;)
        {
            var length = Chunker.FirstLength(rest);
            chunks.Add(new MerkleNode(XetHash.Chunk(rest[..length]), (ulong)length));
            rest = rest[length..];
        }

        return ChunkMap.Of(chunks.ToArray(), [new ChunkRun(default, 0, (uint)chunks.Count)]);
    }

    private void Measure(TextWriter output, string name, ChunkMap map, Edit[][] scripts)
    {
        var (best, read, stored) = (TimeSpan.MaxValue, 0UL, 0UL);
        for (var round = 0; round < Rounds; round++)
        {
            (read, stored) = (0, 0);
            var watch = Stopwatch.StartNew();
            foreach (var edits in scripts)
            {
                // All reads complete at once, so this never waits.
                var composed = Composer.ComposeAsync(map, edits, this, this, new NoSink()).AsTask()
                    .GetAwaiter().GetResult();
                read += composed.OldBytesRead;
                stored += composed.NewBytes;
            }

            best = TimeSpan.FromTicks(Math.Min(best.Ticks, watch.Elapsed.Ticks));
        }

        var count = (ulong)scripts.Length;
        var time = (best.TotalMilliseconds / scripts.Length).ToString("0.00", CultureInfo.InvariantCulture);
        output.WriteLine($"{name,-20} {"64 MiB",-8} {time,8} {read / count / 1024,10} {stored / count / 1024,10}");
    }

    private sealed class NoSink : INewChunks
    {
        public ValueTask AddAsync(
            MerkleNode chunk, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;
    }
}
