using System.Buffers;
using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Chunks of a stored file, each verified. Those of which <paramref name="isNeeded"/> says that they will be asked for
/// are read at once where they are neighbours in their xorb. Blocks on the disk; not for use by several threads.
/// </summary>
internal sealed class OldChunks(LeaseCache<MerkleHash, OpenXorb> xorbs, ChunkMap map, Func<MerklePlace, bool> isNeeded)
    : IOldBytes, IDisposable
{
    /// <summary>Memory that reading takes: what is read at once, and a chunk.</summary>
    public const long MemoryBytes = WindowBytesMax + XorbLimits.ChunkBytesMax;

    /// <summary>Most bytes of records that are read at once.</summary>
    private const int WindowBytesMax = 1 << 20;

    private byte[] _rented = [];
    private MerkleHash _xorb;
    private RecordWindow? _window;

    /// <inheritdoc/>
    public ValueTask ReadAsync(PlacedChunk chunk, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = xorbs.Borrow(chunk.Xorb);
        var (xorb, index) = (lease.Value, (int)chunk.Index);
        Check(chunk, xorb.Index);
        var layout = xorb.Index.Layout;
        if (_window is null || _xorb != chunk.Xorb
            || !_window.TryView(layout.RecordOffset(index), layout.RecordLength(index), out _))
        {
            Read(xorb, chunk);
        }

        new XorbReader(_window!, xorb.Index).ReadChunk(index, destination.Span);
        return ValueTask.CompletedTask;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);

    private static void Check(PlacedChunk chunk, XorbIndex xorb)
    {
        var node = chunk.Place.Chunk;
        if (chunk.Index >= xorb.Count || xorb.Hashes[(int)chunk.Index] != node.Hash
            || (ulong)xorb.Layout.ChunkLength((int)chunk.Index) != node.Length)
        {
            throw new CasException(
                CasError.Corrupt, $"xorb {chunk.Xorb} has another chunk {chunk.Index} than {node.Hash}");
        }
    }

    /// <summary>Reads the record of a chunk, and with it those of the chunks behind it that are needed too.</summary>
    private void Read(OpenXorb xorb, PlacedChunk chunk)
    {
        var layout = xorb.Index.Layout;
        var first = (int)chunk.Index;
        var next = first + 1;
        for (var place = chunk.Place; next < xorb.Index.Count; next++)
        {
            if (place.Index + 1 == map.Chunks.Count || LengthOf(layout, first, next + 1) > WindowBytesMax)
            {
                break;
            }

            place = map.Chunks.ChunkAt(place.Index + 1);
            if (!isNeeded(place) || map.Locate(place) is var located
                && (located.Xorb != chunk.Xorb || located.Index != next))
            {
                break;
            }
        }

        var length = LengthOf(layout, first, next);
        var offset = layout.RecordOffset(first);
        if (offset + (long)length > xorb.Bytes.Length)
        {
            throw new XorbDamageException(xorb.Index.Xorb, first, offset, "the record is outside the xorb");
        }

        if (_rented.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = ArrayPool<byte>.Shared.Rent(length);
        }

        _window = null;
        xorb.Bytes.ReadAt(offset, _rented.AsSpan(0, length));
        (_xorb, _window) = (chunk.Xorb, new RecordWindow(xorb.Bytes, offset, _rented.AsMemory(0, length)));
    }

    private static int LengthOf(XorbLayout layout, int first, int next) =>
        (int)(layout.RecordOffset(next - 1) + (uint)layout.RecordLength(next - 1) - layout.RecordOffset(first));
}
