using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Xorbs;

namespace Cas.Client.Reconstruction;

/// <summary>
/// Reads ranges of files by their recipes: exactly the chunks that a range touches, neighbours in one read, each
/// verified against its hash. Blocks on the disk. May be used from several threads at once.
/// </summary>
internal sealed class RecipeReader(LeaseCache<OpenXorb> xorbs)
{
    /// <summary>Most bytes of records that are read at once; longer runs take several reads.</summary>
    private const int WindowBytesMax = 1 << 20;

    /// <summary>
    /// Fills <paramref name="destination"/>; the range is inside the file. Throws <see cref="CasException"/> and what
    /// reading throws.
    /// </summary>
    public void Read(FileRecipe recipe, ulong offset, Span<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        for (var index = recipe.IndexOf(offset); !destination.IsEmpty; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var term = recipe.Terms[index];
            var skipped = offset - recipe.StartOf(index);
            var count = (int)Math.Min((ulong)destination.Length, term.Length - skipped);
            using (var lease = xorbs.Borrow(term.Xorb))
            {
                Check(recipe, index, lease.Value.Index);
                ReadTerm(lease.Value, term, (uint)skipped, destination[..count], cancellationToken);
            }

            destination = destination[count..];
            offset += (ulong)count;
        }
    }

    /// <summary>Holds a term against the xorb: a damaged recipe must not give other chunks than it was made of.</summary>
    public static void Check(FileRecipe recipe, int termIndex, XorbIndex xorb)
    {
        var term = recipe.Terms[termIndex];
        var isGood = term.ChunkEnd <= xorb.Count && LengthOf(xorb.Layout, term) == term.Length;
        if (isGood && recipe.RangeHashOf(termIndex) is { } expected)
        {
            var hasher = new RangeHasher();
            foreach (var hash in xorb.Hashes[(int)term.ChunkStart..(int)term.ChunkEnd])
            {
                hasher.Append(hash);
            }

            isGood = hasher.Finish() == expected;
        }

        if (!isGood)
        {
            throw new CasException(
                CasError.Corrupt,
                $"term {termIndex} of file {recipe.Hash} does not fit chunks {term.ChunkStart} to {term.ChunkEnd} of "
                + $"xorb {xorb.Xorb}");
        }
    }

    private static uint LengthOf(XorbLayout layout, ShardTerm term)
    {
        var last = (int)term.ChunkEnd - 1;
        return layout.ChunkOffset(last) + (uint)layout.ChunkLength(last) - layout.ChunkOffset((int)term.ChunkStart);
    }

    private static void ReadTerm(
        OpenXorb xorb, ShardTerm term, uint skipped, Span<byte> destination, CancellationToken cancellationToken)
    {
        var layout = xorb.Index.Layout;
        var start = layout.ChunkOffset((int)term.ChunkStart) + skipped;
        var end = start + (uint)destination.Length;
        var chunk = FirstChunk(layout, (int)term.ChunkStart, (int)term.ChunkEnd, start);
        while (start < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = RunEnd(layout, chunk, (int)term.ChunkEnd, end);
            var stop = Math.Min(end, layout.ChunkOffset(next - 1) + (uint)layout.ChunkLength(next - 1));
            ReadRun(xorb, chunk, next, start, destination[..(int)(stop - start)]);
            destination = destination[(int)(stop - start)..];
            (start, chunk) = (stop, next);
        }
    }

    /// <summary>The chunk that holds a byte of the unpacked xorb.</summary>
    private static int FirstChunk(XorbLayout layout, int low, int high, uint offset)
    {
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = layout.ChunkOffset(middle) <= offset ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>The end of the run of chunks that one read gets: at least one, as few as the range needs.</summary>
    private static int RunEnd(XorbLayout layout, int first, int limit, uint end)
    {
        var next = first + 1;
        while (next < limit && layout.ChunkOffset(next) < end &&
            layout.RecordOffset(next) + layout.RecordLength(next) - layout.RecordOffset(first) <= WindowBytesMax)
        {
            next++;
        }

        return next;
    }

    private static void ReadRun(OpenXorb xorb, int first, int next, uint start, Span<byte> destination)
    {
        if (next - first == 1)
        {
            ReadChunk(new XorbReader(xorb.Bytes, xorb.Index), first, start, destination);
            return;
        }

        var layout = xorb.Index.Layout;
        long recordStart = layout.RecordOffset(first);
        var length = (int)(layout.RecordOffset(next - 1) + layout.RecordLength(next - 1) - recordStart);
        if (recordStart + length > xorb.Bytes.Length)
        {
            throw new XorbDamageException(xorb.Index.Xorb, first, recordStart, "the record is outside the xorb");
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            xorb.Bytes.ReadAt(recordStart, rented.AsSpan(0, length));
            var reader = new XorbReader(
                new RecordWindow(xorb.Bytes, recordStart, rented.AsMemory(0, length)), xorb.Index);
            for (var chunk = first; chunk < next; chunk++)
            {
                var chunkEnd = layout.ChunkOffset(chunk) + (uint)layout.ChunkLength(chunk);
                var count = (int)Math.Min((uint)destination.Length, chunkEnd - start);
                ReadChunk(reader, chunk, start, destination[..count]);
                destination = destination[count..];
                start += (uint)count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Part of a chunk, or all of it straight to where it is wanted.</summary>
    private static void ReadChunk(XorbReader reader, int chunk, uint start, Span<byte> destination)
    {
        var layout = reader.Index.Layout;
        var skipped = (int)(start - layout.ChunkOffset(chunk));
        if (destination.Length == layout.ChunkLength(chunk))
        {
            reader.ReadChunk(chunk, destination);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            reader.ReadChunk(chunk, rented);
            rented.AsSpan(skipped, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
