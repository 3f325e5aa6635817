using System.Security.Cryptography;

namespace Nfs.Tests.EndToEnd;

/// <summary>Files whose every block differs from every other, so that a block in a wrong place shows.</summary>
internal static class RandomFile
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Writes a file and gives its SHA-256 in lower case. The same seed makes the same bytes.</summary>
    public static string Write(string path, long size, int seed)
    {
        var random = new Random(seed);
        var block = new byte[BlockBytes];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = File.Create(path);
        for (var left = size; left > 0; left -= BlockBytes)
        {
            random.NextBytes(block);
            var part = block.AsSpan(0, (int)Math.Min(left, BlockBytes));
            hash.AppendData(part);
            file.Write(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
