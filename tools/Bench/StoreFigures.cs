using System.Globalization;
using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Chunking;
using Cas.Client.Hashing;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Bench;

/// <summary>
/// What putting and getting incompressible content cost a core: each stage alone, and the whole between a file in
/// memory and a store in memory. Bytes by the time of the processor; the best of some rounds.
/// </summary>
internal sealed class StoreFigures(TextWriter output)
{
    private const int Bytes = 128 << 20;
    private const int BlockBytes = 1 << 20;
    private const int Rounds = 5;

    private readonly byte[] _content = new byte[Bytes];
    private readonly byte[] _copy = new byte[Bytes];
    private readonly List<MerkleNode> _chunks = [];

    /// <summary>Measures and prints.</summary>
    public async Task RunAsync()
    {
        new Random(3).NextBytes(_content);
        output.WriteLine($"{"put and get on one core",-32} {"MB/s",8} {"goal",8}");
        await StagesAsync();
        var directory = ScratchStore.NewDirectory();
        try
        {
            await WholeAsync(Path.Join(directory, "content"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task StagesAsync()
    {
        await PrintAsync("copy of memory", () => _content.CopyTo(_copy, 0));
        await PrintAsync("chunking", () => Workloads.CountChunks(_content));
        Cut();
        await PrintAsync("BLAKE3 of chunks", () => ForChunks(chunk => XetHash.Chunk(chunk)));
        await PrintAsync("choice of compression", () => ForBlocks(block => GroupingChoice.Of(block[..(64 << 10)])));
        _content.CopyTo(_copy, 0);
        await PrintAsync("compression attempt", () => ForChunks(chunk => ChunkCodec.Pack(chunk, CompressionScheme.Lz4)));
        var directory = ScratchStore.NewDirectory();
        try
        {
            await LookUpAsync(Path.Join(directory, "index.db"));
            await PrintAsync("write of records", () => Write(directory));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task LookUpAsync(string path)
    {
        using var index = ContentIndex.Open(path);
        var hashes = _chunks.ConvertAll(chunk => chunk.Hash).ToArray();
        await PrintAsync("dedup look-up, miss", () => LookUp(index));
        index.AddXorb(default, hashes);
        await PrintAsync("dedup look-up, hit", () => LookUp(index));
    }

    private void LookUp(ContentIndex index)
    {
        const int chunksPerBlock = 16;
        var places = new ChunkPlace?[chunksPerBlock];
        foreach (var some in _chunks.Chunk(chunksPerBlock))
        {
            index.FindChunks(some, places);
        }
    }

    private void Write(string directory)
    {
        using var file = UnpublishedFile.Create(directory);
        using var stream = new AppendStream(file);
        var writer = new XorbWriter(stream);
        ForChunks(chunk => writer.TryAppend(
            default, new ChunkHeader(CompressionScheme.None, chunk.Length, chunk.Length), chunk));
    }

    private async Task WholeAsync(string path)
    {
        await File.WriteAllBytesAsync(path, _content);
        var (put, get) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            await using var store = await ScratchStore.CreateAsync();
            using var source = new FileContent(path);
            ContentId content = default;
            put = Math.Min(put, await Processor.SecondsAsync(
                async () => content = (await store.Content.PutAsync(source, default)).Value));
            get = Math.Min(get, await Processor.SecondsAsync(() => GetAsync(store.Content, content)));
        }

        if (!_copy.AsSpan().SequenceEqual(_content))
        {
            throw new InvalidOperationException("what was got is not what was put");
        }

        Print("put, whole", put, "600");
        Print("get, whole", get, "1500");
    }

    private async Task GetAsync(IContentStore store, ContentId content)
    {
        for (var offset = 0; offset < Bytes; offset += BlockBytes)
        {
            _ = (await store.ReadAsync(content, (ulong)offset, _copy.AsMemory(offset, BlockBytes), default)).Value;
        }
    }

    private void Cut()
    {
        for (var rest = (ReadOnlySpan<byte>)_content; !rest.IsEmpty;)
        {
            var length = Chunker.FirstLength(rest);
            _chunks.Add(new MerkleNode(XetHash.Chunk(rest[..length]), (ulong)length));
            rest = rest[length..];
        }
    }

    private void ForChunks(SpanAction action)
    {
        var rest = _copy.AsSpan();
        foreach (var chunk in _chunks)
        {
            action(rest[..(int)chunk.Length]);
            rest = rest[(int)chunk.Length..];
        }
    }

    private void ForBlocks(SpanAction action)
    {
        for (var offset = 0; offset < Bytes; offset += BlockBytes)
        {
            action(_copy.AsSpan(offset, BlockBytes));
        }
    }

    private async Task PrintAsync(string what, Action action)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            best = Math.Min(best, await Processor.SecondsAsync(() =>
            {
                action();
                return Task.CompletedTask;
            }));
        }

        Print(what, best, "-");
    }

    private void Print(string what, double seconds, string goal) => output.WriteLine(
        $"{what,-32} {(Bytes / seconds / 1e6).ToString("0", CultureInfo.InvariantCulture),8} {goal,8}");

    private delegate void SpanAction(Span<byte> bytes);
}
