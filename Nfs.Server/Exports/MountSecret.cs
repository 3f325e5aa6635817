using System.Security.Cryptography;

namespace Nfs.Server.Exports;

/// <summary>
/// A secret that clients put in front of the path that they mount. Only its digest is kept, and comparing takes the
/// same time whatever is given.
/// </summary>
public sealed class MountSecret
{
    private readonly byte[] _digest;

    /// <summary>From the secret's bytes.</summary>
    public MountSecret(ReadOnlySpan<byte> secret) => _digest = SHA256.HashData(secret);

    internal bool IsGiven(ReadOnlySpan<byte> component)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(component, digest);
        return CryptographicOperations.FixedTimeEquals(digest, _digest);
    }
}
