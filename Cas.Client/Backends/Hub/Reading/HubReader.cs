using System.Buffers;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Chunking;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>
/// Reads ranges of files in the CAS: asks for a plan, fetches exactly the chunks that it names, unpacks them. Chunks
/// whose hashes are known are verified against them, and a file that is read whole against its own.
/// </summary>
internal sealed class HubReader(ReadPlans plans, XorbFetches fetches, KnownChunks known)
{
    /// <summary>Of bytes that came damaged, or a URL that had ended, there is a new plan.</summary>
    private const int TriesMax = 3;

    /// <summary>Records in memory, of all readers.</summary>
    private const long MemoryBytesMax = 256 << 20;

    private readonly MemoryBudget _memory = new(MemoryBytesMax);

    /// <summary>
    /// Fills <paramref name="destination"/>; the range is inside the file. Throws <see cref="CasException"/>.
    /// </summary>
    public Task ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        RunAsync(content, offset, (ulong)destination.Length, destination, cancellationToken);

    /// <summary>
    /// Hash and length of each chunk of a range that begins and ends with chunks; nothing vouches for them. Throws
    /// <see cref="CasException"/>.
    /// </summary>
    public Task<List<MerkleNode>> ReadNodesAsync(
        ContentId content, ulong offset, ulong length, CancellationToken cancellationToken) =>
        RunAsync(content, offset, length, default, cancellationToken);

    private async Task<List<MerkleNode>> RunAsync(
        ContentId content, ulong offset, ulong length, Memory<byte> destination, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await TryAsync(content, offset, length, destination, cancellationToken);
            }
            catch (StalePlanException) when (tries < TriesMax)
            {
                // What was signed has ended: the next plan is signed anew.
            }
            catch (HubFailure e) when (e.Error == CasError.Corrupt && tries < TriesMax)
            {
                // Perhaps it was damaged on its way.
            }
        }
    }

    private async Task<List<MerkleNode>> TryAsync(
        ContentId content, ulong offset, ulong length, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var isWhole = offset == 0 && length == content.Size;
        var isToEnd = offset + length == content.Size;

        // One byte more than there should be tells of a file that is longer.
        (ulong, ulong)? range = isWhole ? null : (offset, offset + length - (isToEnd ? 0u : 1u));
        var plan = await plans.GetAsync(content.Hash, range, cancellationToken);
        var got = plan.Length - plan.Skip;
        if (got < length || (isToEnd && got > length))
        {
            throw new CasException(
                CasError.Corrupt, $"content {content.Hash} is not {content.Size} bytes long, or its recipe is damaged");
        }

        var needed = NeededTerms(plan, length);
        var bytes = plan.Fetches[..needed].Distinct().Sum(fetch => (long)fetch.Bytes);
        if (bytes > MemoryBytesMax)
        {
            throw new HubFailure(
                FailureTable.Broken, $"a plan fetches {bytes} bytes for {length} of content {content.Hash}");
        }

        var taken = await _memory.TakeAsync(bytes, cancellationToken);
        var runs = new Dictionary<FetchRange, RecordRun>();
        try
        {
            await FetchAsync(plan, needed, runs, cancellationToken);
            var nodes = Unpack(plan, needed, runs, length, destination);
            if (isWhole)
            {
                RequireHash(content, nodes);
                Learn(plan.Terms, nodes);
            }

            return nodes;
        }
        finally
        {
            foreach (var run in runs.Values)
            {
                run.Dispose();
            }

            _memory.Give(taken);
        }
    }

    /// <summary>How many terms the range touches; a plan may tell of more.</summary>
    private static int NeededTerms(ReadPlan plan, ulong length)
    {
        var (count, reached) = (0, 0UL);
        while (count < plan.Terms.Length && reached < plan.Skip + length)
        {
            reached += plan.Terms[count++].Length;
        }

        return count;
    }

    private async Task FetchAsync(
        ReadPlan plan, int needed, Dictionary<FetchRange, RecordRun> runs, CancellationToken cancellationToken)
    {
        // Terms that follow each other in a xorb share a range.
        var tasks = new Dictionary<FetchRange, Task<RecordRun>>();
        for (var i = 0; i < needed; i++)
        {
            var range = plan.Fetches[i];
            if (!tasks.ContainsKey(range))
            {
                tasks.Add(range, fetches.FetchAsync(plan.Terms[i].Xorb, range, cancellationToken));
            }
        }

        try
        {
            await Task.WhenAll(tasks.Values);
        }
        catch (HubFailure e) when (e.Error is CasError.Forbidden or CasError.NotFound)
        {
            throw new StalePlanException(e);
        }
        finally
        {
            foreach (var (range, task) in tasks)
            {
                if (task.IsCompletedSuccessfully)
                {
                    runs.Add(range, await task);
                }
            }
        }
    }

    private List<MerkleNode> Unpack(
        ReadPlan plan, int needed, Dictionary<FetchRange, RecordRun> runs, ulong length, Memory<byte> destination)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ChunkLimits.MaxBytes);
        try
        {
            var output = new RangeOutput(destination, plan.Skip, length);
            var nodes = new List<MerkleNode>();
            for (var i = 0; i < needed; i++)
            {
                UnpackTerm(plan.Terms[i], runs[plan.Fetches[i]], output, scratch, nodes);
            }

            return nodes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private void UnpackTerm(
        ShardTerm term, RecordRun run, RangeOutput output, byte[] scratch, List<MerkleNode> nodes)
    {
        var total = 0UL;
        for (var chunk = term.ChunkStart; chunk < term.ChunkEnd; chunk++)
        {
            var length = run.LengthOf(chunk);
            var expected = known.Find(term.Xorb, chunk) is { } node ? node.Hash : (MerkleHash?)null;
            var place = output.PlaceFor(length);
            nodes.Add(run.Unpack(chunk, expected, place.IsEmpty ? scratch.AsSpan(0, length) : place.Span));
            output.Took(scratch.AsSpan(0, length), isInPlace: !place.IsEmpty);
            total += (ulong)length;
        }

        if (total != term.Length)
        {
            throw new HubFailure(
                FailureTable.Damaged, $"a term of {term.Length} bytes of xorb {term.Xorb} has {total} bytes");
        }
    }

    private static void RequireHash(ContentId content, List<MerkleNode> nodes)
    {
        if (XetHash.File(MerkleRoot.Of([.. nodes])) != content.Hash)
        {
            throw new HubFailure(FailureTable.Damaged, $"content {content.Hash} came with other bytes");
        }
    }

    private void Learn(ShardTerm[] terms, List<MerkleNode> nodes)
    {
        var first = 0;
        foreach (var term in terms)
        {
            var count = (int)(term.ChunkEnd - term.ChunkStart);
            known.Add(term.Xorb, term.ChunkStart, [.. nodes[first..(first + count)]]);
            first += count;
        }
    }

    /// <summary>What a plan names is not there any more under its URLs.</summary>
    private sealed class StalePlanException(HubFailure inner)
        : CasException(CasError.Unreachable, inner.Message, inner);
}
