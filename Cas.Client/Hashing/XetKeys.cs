namespace Cas.Client.Hashing;

/// <summary>The keys of the format: each kind of hash has its own, so that no two of them can be mistaken.</summary>
internal static class XetKeys
{
    /// <summary>Of a chunk's bytes.</summary>
    public static Blake3Key Data { get; } = Blake3Key.From(
    [
        102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28,
        157, 228, 33, 16, 155, 235, 43, 88, 180, 208, 176, 75, 147, 173, 242, 41,
    ]);

    /// <summary>Of an inner node of a merkle tree.</summary>
    public static Blake3Key Node { get; } = Blake3Key.From(
    [
        1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230,
        93, 221, 83, 111, 55, 199, 109, 210, 248, 99, 82, 230, 74, 83, 113, 63,
    ]);

    /// <summary>Of a file, unless somebody salts it.</summary>
    public static Blake3Key File { get; } = Blake3Key.From(new byte[Blake3Key.Bytes]);

    /// <summary>Of a run of chunks, which proves that one knows their hashes.</summary>
    public static Blake3Key Range { get; } = Blake3Key.From(
    [
        127, 24, 87, 214, 206, 86, 237, 102, 18, 127, 249, 19, 231, 165, 195, 243,
        164, 205, 38, 213, 181, 219, 73, 230, 65, 36, 152, 127, 40, 251, 148, 195,
    ]);
}
