using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace XetHub.Hub;

/// <summary>What git calls things.</summary>
internal static class GitObject
{
    /// <summary>The file that git LFS keeps in the place of a large one.</summary>
    public static byte[] PointerOf(string sha256, ulong size) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"));

    /// <summary>The name of a file's bytes.</summary>
    public static string BlobId(ReadOnlySpan<byte> bytes)
    {
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0"));
#pragma warning disable CA5350 // This is git's name for it; nothing is protected by it.
        return Convert.ToHexStringLower(SHA1.HashData([.. head, .. bytes]));
#pragma warning restore CA5350
    }
}
