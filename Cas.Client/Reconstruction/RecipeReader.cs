using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Cas.Client.Reconstruction;

/// <summary>
/// Reads ranges of files by their recipes: exactly the chunks that a range touches, neighbours in one read, each
/// verified against its hash. Blocks on the disk. May be used from several threads at once.
/// </summary>
internal sealed class RecipeReader(LeaseCache<MerkleHash, OpenXorb> xorbs, ChunkReader chunks)
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

        for (var index = recipe.IndexOf(offset); !destination.IsEmpty;)
        {
            var term = recipe.Terms[index];
            var termOffset = (uint)(offset - recipe.StartOf(index));
            using var lease = xorbs.Borrow(term.Xorb);
            var layout = lease.Value.Index.Layout;
            index = RunEnd(recipe, index, offset + (ulong)destination.Length, lease.Value.Index);
            var chunkEnd = (int)recipe.Terms[index - 1].ChunkEnd;
            var start = layout.ChunkOffset((int)term.ChunkStart) + termOffset;
            var count = (int)Math.Min((uint)destination.Length, EndOf(layout, chunkEnd - 1) - start);
            ReadRun(lease.Value, (int)term.ChunkStart, chunkEnd, start, destination[..count], cancellationToken);
            destination = destination[count..];
            offset += (ulong)count;
        }
    }

    /// <summary>The end of the terms that are wanted and follow each other in the file and in the xorb.</summary>
    private static int RunEnd(FileRecipe recipe, int first, ulong fileEnd, XorbIndex xorb)
    {
        var terms = recipe.Terms;
        var next = first;
        do
        {
            recipe.Check(next++, xorb);
        }
        while (next < terms.Length && recipe.StartOf(next) < fileEnd && terms[next].Xorb == xorb.Xorb
            && terms[next].ChunkStart == terms[next - 1].ChunkEnd);
        return next;
    }

    /// <summary>Reads from an offset of the unpacked xorb; the range lies in the chunks that are named.</summary>
    private void ReadRun(
        OpenXorb xorb,
        int chunkStart,
        int chunkEnd,
        uint start,
        Span<byte> destination,
        CancellationToken cancellationToken)
    {
        var layout = xorb.Index.Layout;
        var end = start + (uint)destination.Length;
        for (var chunk = ChunkAt(layout, chunkStart, chunkEnd, start); start < end;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = WholeEnd(layout, chunk, start, end);
            var stop = Math.Min(end, EndOf(layout, Math.Max(next, chunk + 1) - 1));
            var part = destination[..(int)(stop - start)];
            if (next > chunk)
            {
                ReadWhole(xorb, chunk, next, part);
            }
            else
            {
                next = chunk + 1;
                chunks.ReadPart(
                    new ChunkPlace(xorb.Index.Xorb, (uint)chunk), (int)(start - layout.ChunkOffset(chunk)), part);
            }

            destination = destination[part.Length..];
            (start, chunk) = (stop, next);
        }
    }

    /// <summary>The chunk that holds a byte of the unpacked xorb.</summary>
    private static int ChunkAt(XorbLayout layout, int low, int high, uint offset)
    {
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = layout.ChunkOffset(middle) <= offset ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>
    /// The end of the run of chunks that are wanted whole and that one read gets; <paramref name="first"/> if that one
    /// is not wanted whole.
    /// </summary>
    private static int WholeEnd(XorbLayout layout, int first, uint start, uint end)
    {
        var next = first;
        if (layout.ChunkOffset(first) == start)
        {
            while (next < layout.Count && EndOf(layout, next) <= end
                && (next == first || RecordsLength(layout, first, next + 1) <= WindowBytesMax))
            {
                next++;
            }
        }

        return next;
    }

    private void ReadWhole(OpenXorb xorb, int first, int next, Span<byte> destination)
    {
        var layout = xorb.Index.Layout;
        var length = RecordsLength(layout, first, next);
        var rented = next - first == 1 ? [] : ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = rented.Length == 0 ? xorb.Bytes : Window(xorb, layout.RecordOffset(first), rented, length);
            var reader = new XorbReader(bytes, xorb.Index);
            for (var chunk = first; chunk < next; chunk++)
            {
                var chunkLength = layout.ChunkLength(chunk);
                chunks.Read(reader, chunk, destination[..chunkLength]);
                destination = destination[chunkLength..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The records in memory. Where they cannot be read at once, each chunk is tried by itself.</summary>
    private static IRandomBytes Window(OpenXorb xorb, long offset, byte[] buffer, int length)
    {
        if (offset + length > xorb.Bytes.Length)
        {
            return xorb.Bytes;
        }

        try
        {
            xorb.Bytes.ReadAt(offset, buffer.AsSpan(0, length));
            return new RecordWindow(xorb.Bytes, offset, buffer.AsMemory(0, length));
        }
        catch (IOException)
        {
            return xorb.Bytes;
        }
    }

    private static uint EndOf(XorbLayout layout, int chunk) =>
        layout.ChunkOffset(chunk) + (uint)layout.ChunkLength(chunk);

    private static int RecordsLength(XorbLayout layout, int first, int next) =>
        (int)(layout.RecordOffset(next - 1) + (uint)layout.RecordLength(next - 1) - layout.RecordOffset(first));
}
