using System.Buffers;
using System.Runtime.InteropServices;

namespace Cas.Client.Xorbs;

/// <summary>Chunks to records and back. Pure: may be used from several threads at once.</summary>
internal static class ChunkCodec
{
    // LZ4's working memory; one for each thread, as creating it costs more than compressing a small chunk.
    [ThreadStatic]
    private static ulong[]? t_state;

    /// <summary>
    /// Makes the payload of a chunk's record in the place of the chunk, by <paramref name="scheme"/> where that is
    /// shorter; otherwise the chunk is the payload. The header tells how much of the place the payload takes.
    /// </summary>
    public static ChunkHeader Pack(Span<byte> chunk, CompressionScheme scheme)
    {
        ArgumentOutOfRangeException.ThrowIfZero(chunk.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunk.Length, XorbLimits.ChunkBytesMax);
        var rented = ArrayPool<byte>.Shared.Rent(chunk.Length);
        try
        {
            var payload = rented.AsSpan(0, chunk.Length);
            var length = scheme switch
            {
                CompressionScheme.None => 0,
                CompressionScheme.Lz4 => Compress(chunk, payload),
                CompressionScheme.GroupedLz4 => CompressGrouped(chunk, payload),
            };
            payload[..length].CopyTo(chunk);
            return length == 0
                ? new ChunkHeader(CompressionScheme.None, chunk.Length, chunk.Length)
                : new ChunkHeader(scheme, length, chunk.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Fills <paramref name="chunk"/>, whose length is the header's; null if that worked, otherwise what is wrong. The
    /// content is not compared with any hash.
    /// </summary>
    public static string? Decode(in ChunkHeader header, ReadOnlySpan<byte> payload, Span<byte> chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chunk.Length, header.Length);
        switch (header.Scheme)
        {
            case CompressionScheme.None:
                return payload.Length == chunk.Length && payload.TryCopyTo(chunk) ? null : "the chunk's length is wrong";
            case CompressionScheme.Lz4:
                return Lz4Frame.Decompress(payload, chunk);
            default:
                return DecompressGrouped(payload, chunk);
        }
    }

    private static int Compress(ReadOnlySpan<byte> chunk, Span<byte> payload)
    {
        // One byte less than the chunk: what is not shorter is not wanted.
        var state = t_state ??= new ulong[(Lz4Library.Instance.StateBytes + sizeof(ulong) - 1) / sizeof(ulong)];
        return Lz4Frame.Compress(chunk, payload[..(chunk.Length - 1)], MemoryMarshal.AsBytes(state.AsSpan()));
    }

    private static int CompressGrouped(ReadOnlySpan<byte> chunk, Span<byte> payload)
    {
        var rented = ArrayPool<byte>.Shared.Rent(chunk.Length);
        try
        {
            var grouped = rented.AsSpan(0, chunk.Length);
            ByteGrouping.Group(chunk, grouped);
            return Compress(grouped, payload);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static string? DecompressGrouped(ReadOnlySpan<byte> payload, Span<byte> chunk)
    {
        var rented = ArrayPool<byte>.Shared.Rent(chunk.Length);
        try
        {
            var grouped = rented.AsSpan(0, chunk.Length);
            var problem = Lz4Frame.Decompress(payload, grouped);
            if (problem is null)
            {
                ByteGrouping.Ungroup(grouped, chunk);
            }

            return problem;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
