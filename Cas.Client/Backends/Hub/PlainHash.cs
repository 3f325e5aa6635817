using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Cas.Client.Backends.Hub;

/// <summary>
/// Names of contents that are not in the CAS: files that git keeps, by the object id that git gives them (SHA-1), in
/// the first 20 of the 32 bytes. The other 12 say so: a hash of the CAS has them by a chance of one in 2^96.
/// </summary>
internal static class PlainHash
{
    private const int ObjectIdBytes = 20;

    private static ReadOnlySpan<byte> Mark => "git blob\0\0\0\0"u8;

    /// <summary>The name of an object of git; throws <see cref="JsonException"/> if that is no object id.</summary>
    public static MerkleHash Of(string objectId)
    {
        Span<byte> bytes = stackalloc byte[MerkleHash.Bytes];
        Mark.CopyTo(bytes[ObjectIdBytes..]);
        return objectId.Length == 2 * ObjectIdBytes
            && Convert.FromHexString(objectId, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? MerkleHash.Read(bytes)
            : throw new JsonException("an object id that git does not give");
    }

    /// <summary>Whether a hash is such a name, and of which object.</summary>
    public static bool TryRead(MerkleHash hash, [NotNullWhen(true)] out string? objectId)
    {
        var bytes = hash.ToBytes();
        var isPlain = bytes.AsSpan(ObjectIdBytes).SequenceEqual(Mark);
        objectId = isPlain ? Convert.ToHexStringLower(bytes, 0, ObjectIdBytes) : null;
        return isPlain;
    }
}
