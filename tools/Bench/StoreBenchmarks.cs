using BenchmarkDotNet.Attributes;
using Cas.Client;

namespace Bench;

/// <summary>Content into a new store in memory and out of it, by the clock and on all cores.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int BlockBytes = 1 << 20;

    private readonly byte[] _block = new byte[BlockBytes];
    private byte[] _content = [];
    private ScratchStore _store = null!;
    private ContentId _stored;

    /// <summary>Length of the content.</summary>
    [Params(4 << 10, 64 << 20)]
    public int Bytes { get; set; }

    /// <summary>A store that has the content.</summary>
    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _content = new byte[Bytes];
        new Random(1).NextBytes(_content);
        _store = await ScratchStore.CreateAsync();
        _stored = (await _store.Content.PutAsync(new ArraySource(_content), default)).Value;
    }

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public async Task CleanUpAsync() => await _store.DisposeAsync();

    /// <summary>Puts what the store does not have; making the store is part of it.</summary>
    [Benchmark]
    public async Task<ContentId> PutNewAsync()
    {
        await using var store = await ScratchStore.CreateAsync();
        return (await store.Content.PutAsync(new ArraySource(_content), default)).Value;
    }

    /// <summary>Puts what the store has: compared, not written.</summary>
    [Benchmark]
    public async Task<ContentId> PutAgainAsync() =>
        (await _store.Content.PutAsync(new ArraySource(_content), default)).Value;

    /// <summary>Gets it in blocks.</summary>
    [Benchmark]
    public async Task GetAsync()
    {
        for (var offset = 0; offset < Bytes; offset += BlockBytes)
        {
            var block = _block.AsMemory(0, Math.Min(BlockBytes, Bytes - offset));
            _ = (await _store.Content.ReadAsync(_stored, (ulong)offset, block, default)).Value;
        }
    }
}
