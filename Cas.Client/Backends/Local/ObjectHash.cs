using System.Security.Cryptography;

namespace Cas.Client.Backends.Local;

/// <summary>The hash that names an object: SHA-256 of its bytes; the zero hash for no bytes.</summary>
internal static class ObjectHash
{
    /// <summary>Of bytes in memory.</summary>
    public static MerkleHash Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return MerkleHash.Zero;
        }

        Span<byte> digest = stackalloc byte[MerkleHash.Bytes];
        SHA256.HashData(bytes, digest);
        return MerkleHash.Read(digest);
    }

    /// <summary>For bytes that come block by block; the result is for <see cref="MerkleHash.Read"/>.</summary>
    public static IncrementalHash Begin() => IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
}
