namespace Nfs.Server.Mount3;

/// <summary>
/// Paths that clients name in MNT, as components. Slashes at the end, doubled slashes and <c>.</c> mean nothing;
/// <c>..</c> takes the last component away and stops at the top.
/// </summary>
internal static class MountPath
{
    public static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> path)
    {
        var components = new List<ReadOnlyMemory<byte>>();
        while (!path.IsEmpty)
        {
            var slash = path.Span.IndexOf((byte)'/');
            var component = slash < 0 ? path : path[..slash];
            path = slash < 0 ? default : path[(slash + 1)..];
            if (component.IsEmpty || component.Span.SequenceEqual("."u8))
            {
                continue;
            }

            if (!component.Span.SequenceEqual(".."u8))
            {
                components.Add(component);
            }
            else if (components.Count > 0)
            {
                components.RemoveAt(components.Count - 1);
            }
        }

        return components;
    }

    /// <summary>The path of components, with a slash before each.</summary>
    public static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> components)
    {
        var path = new List<byte>();
        foreach (var component in components)
        {
            path.Add((byte)'/');
            path.AddRange(component.Span);
        }

        return path.Count == 0 ? "/"u8.ToArray() : [.. path];
    }

    /// <summary>
    /// Whether <paramref name="path"/>, from its component <paramref name="start"/> on, lies in the tree at
    /// <paramref name="root"/>.
    /// </summary>
    public static bool IsIn(
        List<ReadOnlyMemory<byte>> path, int start, List<ReadOnlyMemory<byte>> root)
    {
        if (path.Count - start < root.Count)
        {
            return false;
        }

        for (var i = 0; i < root.Count; i++)
        {
            if (!path[start + i].Span.SequenceEqual(root[i].Span))
            {
                return false;
            }
        }

        return true;
    }
}
