using System.Globalization;
using System.Text;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Reads <c>file:///DIR</c>. <see cref="Uri"/> is not used: it rewrites what it thinks are equivalent paths, and a
/// store must be where the operator said.
/// </summary>
internal static class FileUrl
{
    private const string Scheme = "file:";

    private static readonly UTF8Encoding s_strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool HasScheme(string url) => url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The absolute path; throws <see cref="StoreUnavailableException"/> if the URL names none.</summary>
    public static string Parse(string url)
    {
        var rest = url.AsSpan(Scheme.Length);
        if (rest.StartsWith("//localhost/", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest["//localhost".Length..];
        }
        else if (rest.StartsWith("///"))
        {
            rest = rest[2..];
        }
        else
        {
            throw new StoreUnavailableException(
                $"The store '{url}' is not an absolute path; write it with three slashes, as in file:///srv/store.");
        }

        if (!TryDecode(rest, out var path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new StoreUnavailableException(
                $"The store '{url}' has a bad percent sequence; a percent sign in a path is written %25.");
        }

        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    private static bool TryDecode(ReadOnlySpan<char> text, out string path)
    {
        path = string.Empty;
        var bytes = new List<byte>(text.Length);
        var utf8 = Encoding.UTF8.GetBytes(text.ToString());
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] != '%')
            {
                bytes.Add(utf8[i]);
                continue;
            }

            if (i + 2 >= utf8.Length
                || !byte.TryParse(
                    utf8.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            bytes.Add(value);
            i += 2;
        }

        try
        {
            path = s_strict.GetString([.. bytes]);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
