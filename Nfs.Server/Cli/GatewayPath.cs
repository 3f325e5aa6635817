using System.Text;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>
/// Paths of files in the gateway as users type them: from the root of the export, or with the export in front if
/// there are several; with or without a slash at the start.
/// </summary>
internal static class GatewayPath
{
    private const int BytesMax = 4096;

    /// <summary>Components joined by '/', as bytes; empty for the root.</summary>
    public static Parsed<byte[]> Parse(string text)
    {
        var parts = text.Split('/').Where(part => part is not ("" or ".")).ToArray();
        var bytes = Encoding.UTF8.GetBytes(string.Join('/', parts));
        return bytes.Length <= BytesMax && !parts.Contains("..") && !text.Contains('\0', StringComparison.Ordinal)
            ? bytes
            : Parsed<byte[]>.Refuse(
                "takes a path from the root of the export without '..', such as /projects/report.txt");
    }
}
