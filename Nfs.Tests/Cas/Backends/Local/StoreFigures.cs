using System.Diagnostics;
using System.Globalization;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// Prints how fast the embedded store is on the disk of the temporary directory; run by hand.
[TestFixture]
[Explicit("measures, and takes a minute")]
internal sealed class StoreFigures
{
    [TestCase(512 << 20)]
    public async Task Large(int size)
    {
        using var directory = new StoreDirectory();
        await using var store = await directory.OpenAsync();
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);

        var clock = Stopwatch.StartNew();
        var content = (await store.Content.PutAsync(new MemorySource(bytes), default)).Value;
        Report("put", size, clock);
        clock.Restart();
        await store.Content.PutAsync(new MemorySource(bytes), default);
        Report("put again", size, clock);
        var block = new byte[4 << 20];
        clock.Restart();
        for (var offset = 0; offset < size; offset += block.Length)
        {
            Assert.That((await store.Content.ReadAsync(content, (ulong)offset, block, default)).IsOk, Is.True);
        }

        Report("get", size, clock);
    }

    [TestCase(1, 300)]
    [TestCase(8, 2000)]
    [TestCase(64, 4000)]
    public async Task Small(int atOnce, int count)
    {
        using var directory = new StoreDirectory();
        await using var store = await directory.OpenAsync();
        var clock = Stopwatch.StartNew();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            async (i, _) =>
            {
                var bytes = new byte[4096];
                new Random(i).NextBytes(bytes);
                Assert.That((await store.Content.PutAsync(new MemorySource(bytes), default)).IsOk, Is.True);
            });

        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"4 KiB, {atOnce} at once: {clock.Elapsed.TotalMilliseconds / count:0.00} ms a file"));
    }

    private static void Report(string what, int size, Stopwatch clock) => Write(string.Create(
        CultureInfo.InvariantCulture, $"{what}: {size / 1e6 / clock.Elapsed.TotalSeconds:0} MB/s"));

    private static void Write(string line) => TestContext.Progress.WriteLine(line);
}
