using System.Text;

namespace Cas.Client.Backends.Hub;

/// <summary>Between paths of the tree, which are bytes below a prefix, and paths of the Hub, which are text.</summary>
internal static class HubPath
{
    private static readonly UTF8Encoding s_strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The path as a part of a URL: what could mean something there is escaped, but slashes.</summary>
    public static string Escape(string path) =>
        string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>The Hub's path of a path here; null if it is not text, which the Hub's paths are.</summary>
    public static string? Join(string prefix, ReadOnlySpan<byte> path)
    {
        try
        {
            var text = s_strict.GetString(path);
            return prefix.Length == 0 ? text : text.Length == 0 ? prefix : $"{prefix}/{text}";
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>
    /// The path here of one of the Hub's; null if it is not strictly below the prefix, or no path that a tree can have.
    /// </summary>
    public static byte[]? Below(string prefix, string path)
    {
        if (prefix.Length > 0)
        {
            if (!path.StartsWith(prefix, StringComparison.Ordinal) || path.Length <= prefix.Length
                || path[prefix.Length] != '/')
            {
                return null;
            }

            path = path[(prefix.Length + 1)..];
        }

        if (path.Length is 0 or > TreePath.BytesMax)
        {
            return null;
        }

        try
        {
            var bytes = s_strict.GetBytes(path);
            return TreePath.IsValid(bytes) ? bytes : null;
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
