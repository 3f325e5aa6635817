using System.Globalization;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bench;

/// <summary>
/// What reading a store costs in CPU time, which a busy machine disturbs less than the time that passes: large blocks
/// in order, small ones in order, and small ones of few chunks by many threads.
/// </summary>
internal static class ReadFigures
{
    private const int ContentBytes = 256 << 20;
    private const int LargeBytes = 1 << 20;
    private const int SmallBytes = 4 << 10;
    private const int SmallInOrderBytes = 32 << 20;
    private const int HotBytes = 512 << 10;
    private const int Threads = 8;
    private const int ReadsPerThread = 2_000;

    /// <summary>Makes a store in a new directory below <paramref name="parent"/>, measures and prints.</summary>
    public static async Task<int> RunAsync(TextWriter output, string parent)
    {
        var directory = Directory.CreateDirectory(Path.Join(parent, $"bench-{Environment.ProcessId}"));
        try
        {
            var store = await StoreOpener.OpenStoreAsync(
                $"file://{directory.FullName}", TimeProvider.System, NullLoggerFactory.Instance, default);
            await using (store)
            {
                output.WriteLine($"{"read",-28} {"of",-8} {"CPU MB/s",9} {"CPU us",8}");
                await MeasureAsync(output, store.Content, "random", new RandomSource(ContentBytes));
                await MeasureAsync(output, store.Content, "text", new TextSource(ContentBytes));
            }

            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(
        TextWriter output, IContentStore store, string kind, IContentSource source)
    {
        var content = (await store.PutAsync(source, default)).Value;
        Task InOrder(int blockBytes, int bytes) => ReadInOrderAsync(store, content, blockBytes, bytes);
        Task Hot() => Task.WhenAll(Enumerable.Range(0, Threads).Select(seed => ReadHotAsync(store, content, seed)));
        await InOrder(LargeBytes, ContentBytes);
        await Hot();
        await PrintAsync(
            output, "1 MiB in order", kind, ContentBytes, LargeBytes, () => InOrder(LargeBytes, ContentBytes));
        await PrintAsync(
            output, "4 KiB in order", kind, SmallInOrderBytes, SmallBytes,
            () => InOrder(SmallBytes, SmallInOrderBytes));
        await PrintAsync(
            output, $"4 KiB of {HotBytes >> 10} KiB, {Threads} threads", kind,
            Threads * ReadsPerThread * SmallBytes, SmallBytes, Hot);
    }

    private static async Task PrintAsync(
        TextWriter output, string name, string kind, long bytes, int blockBytes, Func<Task> read)
    {
        const int rounds = 3;
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            await read();
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, (Environment.CpuUsage.TotalTime - before).Ticks));
        }

        var speed = (bytes / best.TotalSeconds / 1e6).ToString("0", CultureInfo.InvariantCulture);
        var time = (best.TotalMicroseconds / (bytes / blockBytes)).ToString("0.0", CultureInfo.InvariantCulture);
        output.WriteLine($"{name,-28} {kind,-8} {speed,9} {time,8}");
    }

    private static async Task ReadInOrderAsync(IContentStore store, ContentId content, int blockBytes, int bytes)
    {
        var block = new byte[blockBytes];
        for (var offset = 0; offset < bytes; offset += blockBytes)
        {
            Require(await store.ReadAsync(content, (ulong)offset, block, default));
        }
    }

    private static async Task ReadHotAsync(IContentStore store, ContentId content, int seed)
    {
        var random = new Random(seed);
        var block = new byte[SmallBytes];
        for (var i = 0; i < ReadsPerThread; i++)
        {
            Require(await store.ReadAsync(content, (ulong)random.Next(HotBytes - SmallBytes), block, default));
        }
    }

    private static void Require(CasResult<int> result)
    {
        if (!result.IsOk)
        {
            throw new InvalidOperationException(result.Detail);
        }
    }

    private sealed class RandomSource(int length) : IContentSource
    {
        public ulong Length => (ulong)length;

        public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            new Random((int)offset).NextBytes(destination.Span);
            return default;
        }
    }

    /// <summary>Words of a vocabulary, as logs and source code are.</summary>
    private sealed class TextSource(int length) : IContentSource
    {
        private const int WordBytes = 8;

        private readonly byte[] _words = Words();

        public ulong Length => (ulong)length;

        public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            var random = new Random((int)offset);
            for (var rest = destination.Span; !rest.IsEmpty;)
            {
                // Common words are most of a text.
                var word = (int)(Math.Pow(random.NextDouble(), 3) * (_words.Length / WordBytes));
                var count = Math.Min(rest.Length, 2 + random.Next(WordBytes - 1));
                _words.AsSpan(word * WordBytes, Math.Min(count, WordBytes)).CopyTo(rest);
                rest = rest[Math.Min(count, WordBytes)..];
            }

            return default;
        }

        private static byte[] Words()
        {
            var random = new Random(7);
            return [.. Enumerable.Range(0, 4096 * WordBytes).Select(_ => (byte)random.Next('a', 'z' + 1))];
        }
    }
}
