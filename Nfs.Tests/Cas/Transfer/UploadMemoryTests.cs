using Cas.Client;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Transfer;

// If this fails, a store that hangs makes the gateway take all memory of the machine.
[TestFixture]
internal sealed class UploadMemoryTests
{
    private static readonly UploadLimits s_limits = new()
    {
        MemoryBytesMax = 6 << 20, BlockBytes = 1 << 18, BlocksMax = 4, ShardBytesMax = 1 << 17,
        SmallBytesMax = 100_000,
    };

    /// <summary>Of each large content: its blocks, what one leaves to the next, and its shard twice.</summary>
    private const int LargeBytes = (4 << 18) + (1 << 17) + (2 << 17);

    [Test]
    [Covers("EC-107", "EC-227")]
    public async Task Put_ManyLargeOnesAndTheStoreStalls_TheyHoldTheBudgetAndNoMore()
    {
        using var target = new StalledTarget();
        var uploader = new Uploader(target, s_limits);
        var sources = Enumerable.Range(0, 12).Select(i => new CountedSource(target, 3_000_000, i)).ToList();
        var puts = sources.ConvertAll(source => uploader.PutAsync(source, default));

        // As many as have room fill their blocks; then nothing moves until the store does.
        var running = s_limits.MemoryBytesMax / LargeBytes;
        await target.WaitForReadsAsync((int)running * s_limits.BlocksMax);
        var held = target.HeldBytes;
        target.Release();
        await Task.WhenAll(puts);

        Assert.That(held, Is.GreaterThan(running * s_limits.BlocksMax * (s_limits.BlockBytes >> 1)));
        Assert.That(target.HeldBytesMax, Is.LessThanOrEqualTo(running * s_limits.BlocksMax * s_limits.BlockBytes));
        Assert.That(target.HeldBytes, Is.LessThanOrEqualTo(0), "all has arrived, with headers and footers");
    }

    [Test]
    [Covers("EC-107", "EC-227")]
    public async Task Put_ManySmallOnesAndTheStoreStalls_TheyHoldTheBudgetAndNoMore()
    {
        using var target = new StalledTarget();
        var uploader = new Uploader(target, s_limits);
        var sources = Enumerable.Range(0, 200).Select(i => new CountedSource(target, 100_000, i)).ToList();
        var puts = sources.ConvertAll(source => uploader.PutAsync(source, default));

        // A buffer of 100,000 bytes takes 128 KiB.
        await target.WaitForReadsAsync((int)(s_limits.MemoryBytesMax >> 17));
        target.Release();
        await Task.WhenAll(puts);

        Assert.That(target.HeldBytesMax, Is.EqualTo((s_limits.MemoryBytesMax >> 17) * 100_000));
        Assert.That(target.HeldBytes, Is.LessThanOrEqualTo(0), "all has arrived, with headers and footers");
    }

    /// <summary>Counts what was read and has not arrived here, and lets nothing arrive until it is released.</summary>
    private sealed class StalledTarget : IUploadTarget, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly SemaphoreSlim _reads = new(0);
        private readonly Lock _gate = new();

        public long HeldBytes { get; private set; } // Guarded by _gate.

        public long HeldBytesMax { get; private set; } // Guarded by _gate.

        public void CountRead(int bytes)
        {
            lock (_gate)
            {
                HeldBytes += bytes;
                HeldBytesMax = Math.Max(HeldBytesMax, HeldBytes);
            }

            _reads.Release();
        }

        public async Task WaitForReadsAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.That(await _reads.WaitAsync(TimeSpan.FromMinutes(1)), Is.True, $"{i} reads of {count}");
            }
        }

        public void Release() => _released.Set();

        public void Find(ReadOnlySpan<MerkleNode> chunks, bool isStart, Span<ChunkPlace?> places) => places.Clear();

        public bool Holds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes) => false;

        public bool HasFile(ShardFile file) => false;

        public IXorbOutput CreateXorb() => new Output(this);

        public void PublishShard(ShardBuilder shard)
        {
        }

        public void Dispose()
        {
            _released.Dispose();
            _reads.Dispose();
        }

        private void Take(int bytes)
        {
            _released.Wait();
            lock (_gate)
            {
                HeldBytes -= bytes;
            }
        }

        private sealed class Output(StalledTarget owner) : IXorbOutput
        {
            public Stream Stream { get; } = new StalledStream(owner);

            public void Publish(WrittenXorb xorb)
            {
            }

            public void Dispose() => Stream.Dispose();
        }

        private sealed class StalledStream(StalledTarget owner) : MemoryStream
        {
            public override void Write(ReadOnlySpan<byte> buffer) => owner.Take(buffer.Length);
        }
    }

    /// <summary>Random bytes that are counted as they are read.</summary>
    private sealed class CountedSource(StalledTarget target, int length, int seed) : IContentSource
    {
        private readonly byte[] _bytes = new SplitMix64((ulong)seed).Bytes(length);

        public ulong Length => (ulong)_bytes.Length;

        public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            target.CountRead(destination.Length);
            _bytes.AsMemory((int)offset, destination.Length).CopyTo(destination);
            return default;
        }
    }
}
