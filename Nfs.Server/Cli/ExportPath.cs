using System.Text;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>Names that clients mount: absolute, in normal form, and fit to be pasted into a mount line.</summary>
internal static class ExportPath
{
    // MNTPATHLEN (RFC 1813 appendix I).
    private const int BytesMax = 1024;

    public static Parsed<string> Parse(string text)
    {
        var isAccepted = text == "/"
            || (text.StartsWith('/')
                && Encoding.UTF8.GetByteCount(text) <= BytesMax
                && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '\'' or '"' or '\\' or '\uFFFD')
                && !text[1..].Split('/').Any(part => part is "" or "." or ".."));
        return isAccepted
            ? text
            : Parsed<string>.Refuse("takes an absolute path without spaces or quotes, such as / or /projects");
    }
}
