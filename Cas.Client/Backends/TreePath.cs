namespace Cas.Client.Backends;

/// <summary>Paths of the tree as bytes: components joined by '/', none of them empty, <c>.</c> or <c>..</c>.</summary>
internal static class TreePath
{
    /// <summary>Longest path in bytes: far above what systems allow in one call, below what hurts a database.</summary>
    public const int BytesMax = 64 << 10;

    /// <summary>Whether the bytes are a path; the empty one is the root's.</summary>
    public static bool IsValid(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        if (path.Length > BytesMax || path.Contains((byte)0))
        {
            return false;
        }

        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Path of the directory that holds a path; null for the root, which nothing holds.</summary>
    public static byte[]? ParentOf(ReadOnlySpan<byte> path) =>
        path.IsEmpty ? null : path[..Math.Max(0, path.LastIndexOf((byte)'/'))].ToArray();

    /// <summary>
    /// The paths below a directory that is not the root are those strictly between these two: '0' is the byte after
    /// '/', and no path ends in '/'.
    /// </summary>
    public static (byte[] After, byte[] Before) Below(ReadOnlySpan<byte> directory) =>
        ([.. directory, (byte)'/'], [.. directory, (byte)('/' + 1)]);
}
