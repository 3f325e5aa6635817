using Cas.Client;
using Cas.Client.Xorbs;

namespace Nfs.Tests.Fixtures;

/// <summary>Chunk by chunk, as a test makes a xorb.</summary>
internal static class XorbWriting
{
    /// <summary>Packs a chunk by the scheme that suits it, or by a certain one, and appends it.</summary>
    public static bool TryAdd(
        this XorbWriter writer, MerkleHash hash, ReadOnlySpan<byte> chunk, CompressionScheme? scheme = null)
    {
        var place = chunk.ToArray();
        var header = ChunkCodec.Pack(place, scheme ?? GroupingChoice.Of(chunk));
        return writer.TryAppend(hash, header, place.AsSpan(0, header.PayloadLength));
    }
}
