namespace Nfs.Tests.Fixtures;

/// <summary>Bytes that no compression and no deduplication makes smaller, the same for a seed each time.</summary>
internal static class RandomBytes
{
    public static byte[] Of(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
