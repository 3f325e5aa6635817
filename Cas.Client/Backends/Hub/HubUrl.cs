using System.Text;

namespace Cas.Client.Backends.Hub;

/// <summary>
/// Reads <c>hf://buckets/OWNER/NAME[/PREFIX]</c> and
/// <c>hf://[models/|datasets/|spaces/]OWNER/NAME[@REVISION][/PREFIX]</c>.
/// Escapes such as %2F are understood in the revision and in the prefix.
/// </summary>
internal static class HubUrl
{
    private const string Scheme = "hf://";
    private const int NameLengthMax = 96;

    public static bool HasScheme(string url) => url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the URL names; throws <see cref="StoreUnavailableException"/> if that is nothing.</summary>
    public static HubPlace Parse(string url)
    {
        var parts = url[Scheme.Length..].TrimEnd('/').Split('/');
        var kind = KindOf(parts[0]);
        var names = kind is null ? parts : parts[1..];
        if (names.Length < 2)
        {
            throw Refused(url, "OWNER/NAME is missing");
        }

        var (name, revision) = SplitRevision(names[1]);
        if (!IsName(names[0]) || !IsName(name))
        {
            throw Refused(url, "OWNER and NAME consist of letters, digits, '-', '_' and '.'");
        }

        if (kind == HubKind.Bucket && revision is not null)
        {
            throw Refused(url, "a bucket has no revisions");
        }

        var place = kind ?? HubKind.Model;
        var standard = place == HubKind.Bucket ? string.Empty : HubPlace.StandardRevision;
        var prefix = string.Join('/', names[2..].Select(part => Decode(url, part)));
        if (!TreePath.IsValid(Encoding.UTF8.GetBytes(prefix)))
        {
            throw Refused(url, "the folder is not a path");
        }

        return new HubPlace(
            place, $"{names[0]}/{name}", revision is null ? standard : Decode(url, revision), prefix);
    }

    private static HubKind? KindOf(string first) => first switch
    {
        "buckets" => HubKind.Bucket,
        "models" => HubKind.Model,
        "datasets" => HubKind.Dataset,
        "spaces" => HubKind.Space,
        _ => null,
    };

    private static (string Name, string? Revision) SplitRevision(string part)
    {
        var at = part.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? (part, null) : (part[..at], part[(at + 1)..]);
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameLengthMax && name is not ("." or "..")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string Decode(string url, string part)
    {
        var text = Uri.UnescapeDataString(part);
        return text.Length > 0 && !text.Any(char.IsControl) ? text : throw Refused(url, "a part of it is empty");
    }

    private static StoreUnavailableException Refused(string url, string reason) => new(
        $"The store '{url}' is not a place on the Hub ({reason}); write hf://buckets/OWNER/NAME[/FOLDER] or "
        + "hf://[datasets/|spaces/]OWNER/NAME[@REVISION][/FOLDER].");
}
