using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Stress;

/// <summary>How much workers did.</summary>
internal sealed class WorkCounts
{
    private int _writes;
    private int _reads;
    private int _others;

    public int Writes => Volatile.Read(ref _writes);

    public int Reads => Volatile.Read(ref _reads);

    public int All => Writes + Reads + Volatile.Read(ref _others);

    public void Wrote() => Interlocked.Increment(ref _writes);

    public void Read() => Interlocked.Increment(ref _reads);

    public void Other() => Interlocked.Increment(ref _others);
}

/// <summary>The only user of a file: does random things to it, and compares whatever it reads.</summary>
internal sealed class FileWorker(FileCalls file, int seed, WorkCounts counts)
{
    private const int FileBytesMax = 100_000;

    private readonly Random _random = new(seed);

    /// <summary>What the file must hold.</summary>
    public byte[] Bytes { get; private set; } = [];

    public async Task RunAsync(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            switch (_random.Next(20))
            {
                case < 9:
                    await WriteAsync();
                    counts.Wrote();
                    break;
                case < 17:
                    await ReadAsync();
                    counts.Read();
                    break;
                case 17:
                    await ResizeAsync();
                    counts.Other();
                    break;
                default:
                    await file.CommitAsync();
                    counts.Other();
                    break;
            }
        }
    }

    private async Task WriteAsync()
    {
        var start = _random.Next(Math.Min(FileBytesMax - 1, Bytes.Length + 100));
        var bytes = RandomBytes.Of(
            Math.Min(FileBytesMax - start, 1 + _random.Next(_random.Next(8) == 0 ? 20_000 : 500)), _random.Next());
        await file.WriteAsync(start, bytes, _random.Next(10) == 0 ? Stability.FileSync : Stability.Unstable);
        Resize(Math.Max(Bytes.Length, start + bytes.Length));
        bytes.CopyTo(Bytes, start);
    }

    private async Task ReadAsync()
    {
        var (start, count) = (_random.Next(Bytes.Length + 10), 1 + _random.Next(20_000));
        var found = await file.ReadAsync(start, count);
        var expected = Bytes.AsSpan(Math.Min(start, Bytes.Length));
        Assert.That(
            found.AsSpan().SequenceEqual(expected[..Math.Min(count, expected.Length)]), Is.True,
            $"seed {seed}: {start}+{count} of {Bytes.Length}");
    }

    private async Task ResizeAsync()
    {
        var size = _random.Next(FileBytesMax);
        await file.ResizeAsync(size);
        Resize(size);
    }

    private void Resize(int size)
    {
        var bytes = Bytes;
        Array.Resize(ref bytes, size);
        Bytes = bytes;
    }
}

/// <summary>
/// One of several users of a file, each with slots of its own: slots of different users lie side by side, across
/// pages, chunks and what is fetched at once.
/// </summary>
internal sealed class SlotWorker(FileCalls file, int worker, int workers, int seed, WorkCounts counts)
{
    private const int SlotBytes = 701;
    private const int Slots = 40;

    private readonly Random _random = new(seed + worker);
    private readonly byte[][] _slots = Enumerable.Range(0, Slots).Select(_ => new byte[SlotBytes]).ToArray();

    public static int FileBytes(int workers) => workers * Slots * SlotBytes;

    public async Task RunAsync(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var slot = _random.Next(Slots);
            if (_random.Next(2) == 0)
            {
                var bytes = RandomBytes.Of(SlotBytes, _random.Next());
                var stability = _random.Next(20) == 0 ? Stability.FileSync : Stability.Unstable;
                await file.WriteAsync(Start(slot), bytes, stability);
                _slots[slot] = bytes;
                counts.Wrote();
            }
            else
            {
                var found = await file.ReadAsync(Start(slot), SlotBytes);
                Assert.That(
                    found.AsSpan().SequenceEqual(_slots[slot]), Is.True, $"seed {seed}: slot {slot} of {worker}");
                counts.Read();
            }
        }
    }

    /// <summary>Puts this worker's slots where they must be in the file.</summary>
    public void CopyTo(byte[] whole)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            _slots[slot].CopyTo(whole, Start(slot));
        }
    }

    private int Start(int slot) => ((slot * workers) + worker) * SlotBytes;
}
