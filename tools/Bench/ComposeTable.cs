using System.Diagnostics;
using System.Globalization;
using Cas.Client;

namespace Bench;

/// <summary>
/// What storing an edited file costs through the embedded store, syncs and all, against storing it whole. Some minutes
/// and 5 GiB in the directory.
/// </summary>
internal sealed class ComposeTable(string directory, TextWriter output)
{
    private const ulong KiB = 1 << 10;
    private const ulong MiB = 1 << 20;
    private const ulong GiB = 1 << 30;

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string directory, TextWriter output)
    {
        var table = new ComposeTable(directory, output);
        await table.WarmUpAsync();
        output.WriteLine(
            $"{"one block changed in",-24} {"put ms",8} {"again ms",9} {"first ms",9} {"next ms",9} {"KiB read",9} {"KiB new",9}");
        foreach (var size in (ulong[])[64 * MiB, 256 * MiB, GiB, 4 * GiB])
        {
            await table.BlockAsync(size);
        }

        await table.PlacesAsync();
        await table.ScatteredAsync();
        return 0;
    }

    // Compiles what is measured.
    private async Task WarmUpAsync()
    {
        await using var store = new MeasuredStore(directory);
        var basis = await store.PutAsync(new GeneratedSource(1, 8 * MiB));
        for (var i = 0; i < 30; i++)
        {
            await OneByteAsync(store, basis, new Random(i));
            await store.PutAsync(new GeneratedSource(1, 8 * MiB));
        }
    }

    // "Again" stores the edited file whole into the store that has the old one: what composing is instead of. The first
    // composition of a file makes its chunk map.
    private async Task BlockAsync(ulong size)
    {
        await using var store = new MeasuredStore(directory);
        var (put, basis) = await TimeAsync(() => store.PutAsync(new GeneratedSource(1, size)));
        foreach (var length in (ulong[])[640 * KiB, size / 100])
        {
            var edits = new List<Edit>();
            for (ulong i = 0; i < 2; i++)
            {
                var start = size / 3 * (i + 1);
                edits.Add(new Edit(start, start + length, 0, length));
            }

            var (first, _) = await TimeAsync(() => store.ComposeAsync(basis, [edits[0]], new GeneratedSource(length, length)));
            var (read, stored) = (store.BytesRead, store.BytesStored());
            var (next, _) = await TimeAsync(() => store.ComposeAsync(basis, [edits[1]], new GeneratedSource(2 * length, length)));
            (read, stored) = (store.BytesRead - read, store.BytesStored() - stored);
            var edited = new EditedSource(new GeneratedSource(1, size), edits[0], new GeneratedSource(3 * length, length));
            var (again, _) = await TimeAsync(() => store.PutAsync(edited));
            output.WriteLine(
                $"{$"{length / KiB} KiB of {size / MiB} MiB",-24} {put,8:0} {again,9:0} {first,9:0.0} {next,9:0.0} "
                + $"{read / 1024,9} {stored / 1024,9}");
        }
    }

    private async Task PlacesAsync()
    {
        await using var store = new MeasuredStore(directory);
        var basis = await store.PutAsync(new GeneratedSource(1, GiB));
        var fresh = await store.TermsAsync(basis);
        var random = new Random(1);
        await OneByteAsync(store, basis, random);
        var stored = store.BytesStored();
        var (reads, times) = (new List<long>(), new List<double>());
        for (var i = 0; i < 300; i++)
        {
            var read = store.BytesRead;
            var (time, _) = await TimeAsync(() => OneByteAsync(store, basis, random));
            reads.Add(store.BytesRead - read);
            times.Add(time);
        }

        reads.Sort();
        Line("1 byte of 1 GiB, 300 places: KiB read, mean", reads.Average() / KiB);
        Line("  p99", reads[296] / (double)KiB);
        Line("  KiB stored, mean", (store.BytesStored() - stored) / 300.0 / KiB);
        Line("  ms, mean", times.Average());
        await SuccessiveAsync(store, basis, fresh, random);
    }

    private async Task SuccessiveAsync(MeasuredStore store, ContentId content, int fresh, Random random)
    {
        var stored = store.BytesStored();
        var (times, most, waits) = (new List<double>(), 0, 0);
        for (var i = 0; i < 1000; i++)
        {
            (var time, content) = await TimeAsync(() => OneByteAsync(store, content, random));
            times.Add(time);

            // Terms are joined behind the answer, which a gateway gives seconds for.
            var terms = await store.TermsAsync(content);
            for (; terms > 2 * fresh; terms = await store.TermsAsync(content))
            {
                waits++;
                await Task.Yield();
            }

            most = Math.Max(most, terms);
        }

        times.Sort();
        Line("1,000 successive edits of 1 byte: terms at most", most);
        Line("  terms of a fresh upload", fresh);
        Line("  ms an edit, median", times[500]);
        Line("  MiB stored an edit, with joining", (store.BytesStored() - stored) / 1000.0 / MiB);
    }

    private async Task ScatteredAsync()
    {
        await using var store = new MeasuredStore(directory);
        var basis = await store.PutAsync(new GeneratedSource(1, 64 * MiB));
        var random = new Random(1);
        Edit[] edits = [.. Enumerable.Range(0, 53_000).Select(_ => (ulong)random.Next((int)(8 * MiB)) * 8).Distinct()
            .Order().Select(offset => new Edit(offset, offset + 8, offset, 8))];
        var (time, _) = await TimeAsync(() => store.ComposeAsync(basis, edits, new GeneratedSource(2, 64 * MiB)));
        Line("53,000 edits of 8 bytes over 64 MiB: ms", time);
    }

    private void Line(string name, double figure) =>
        output.WriteLine($"{name,-52} {figure.ToString("0.0", CultureInfo.InvariantCulture),9}");

    private static Task<ContentId> OneByteAsync(MeasuredStore store, ContentId basis, Random random)
    {
        var offset = (ulong)random.NextInt64((long)basis.Size);
        return store.ComposeAsync(
            basis, [new Edit(offset, offset + 1, 0, 1)], new GeneratedSource((ulong)random.NextInt64(), 1));
    }

    private static async Task<(double Milliseconds, T Value)> TimeAsync<T>(Func<Task<T>> action)
    {
        var watch = Stopwatch.StartNew();
        var value = await action();
        return (watch.Elapsed.TotalMilliseconds, value);
    }

    /// <summary>Content with one edit of equal length.</summary>
    private sealed class EditedSource(IContentSource old, Edit edit, IContentSource fresh) : IContentSource
    {
        public ulong Length => old.Length;

        public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            await old.ReadAsync(offset, destination, cancellationToken);
            var start = Math.Max(offset, edit.Start);
            var end = Math.Min(offset + (ulong)destination.Length, edit.End);
            if (start < end)
            {
                await fresh.ReadAsync(
                    start - edit.Start, destination[(int)(start - offset)..(int)(end - offset)], cancellationToken);
            }
        }
    }
}
