namespace Vfs.Core.Namespace;

/// <summary>Paths as bytes: components joined by '/', none at the ends; the root is the empty path.</summary>
internal static class Paths
{
    public static byte[] Join(IReadOnlyList<byte[]> names)
    {
        var path = new byte[names.Count == 0 ? 0 : names.Sum(n => n.Length) + names.Count - 1];
        var at = 0;
        foreach (var name in names)
        {
            if (at > 0)
            {
                path[at++] = (byte)'/';
            }

            name.CopyTo(path.AsSpan(at));
            at += name.Length;
        }

        return path;
    }

    public static byte[] Append(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name) =>
        directory.IsEmpty ? name.ToArray() : [.. directory, (byte)'/', .. name];

    /// <summary>The directory part and the last component; the root has no name.</summary>
    public static (byte[] Directory, byte[] Name) Split(ReadOnlySpan<byte> path)
    {
        var slash = path.LastIndexOf((byte)'/');
        return slash < 0 ? ([], path.ToArray()) : (path[..slash].ToArray(), path[(slash + 1)..].ToArray());
    }

    // Above every path: no name is this long.
    private static readonly byte[] s_afterAll = Enumerable.Repeat((byte)0xFF, FileName.BytesMax + 1).ToArray();

    /// <summary>Bounds that enclose exactly the paths below <paramref name="directory"/>, both exclusive.</summary>
    public static (byte[] After, byte[] Before) Below(ReadOnlySpan<byte> directory) =>
        directory.IsEmpty ? ([], s_afterAll) : ([.. directory, (byte)'/'], [.. directory, (byte)'/' + 1]);

    /// <summary>Whether <paramref name="path"/> is <paramref name="directory"/> or below it.</summary>
    public static bool IsAtOrBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory) =>
        directory.IsEmpty || (path.StartsWith(directory)
            && (path.Length == directory.Length || path[directory.Length] == (byte)'/'));
}
