using System.Net;
using System.Text;
using Nfs.Server.Exports;
using Nfs.Server.Units;
using Vfs.Core;

namespace Nfs.Server.Cli.Config;

/// <summary>Reads one of the <c>exports</c>. Each key means what the flag of the same name means.</summary>
internal static class ExportReader
{
    public const int ExportsMax = 256;

    private const int SecretCharactersMin = 16;
    private const int SecretCharactersMax = 64;

    public static ExportSettings Read(ConfigSection section, string[] stores)
    {
        var standard = new Export();
        var rules = standard with
        {
            Path = ReadPath(section),
            Networks = ReadNetworks(section),
            IsReadOnly = section.ReadSwitch("read_only"),
            Squash = section.Read("squash", standard.Squash, Flags.ParseSquash),
            AnonymousUid = section.Read("anon_uid", standard.AnonymousUid, Flags.ParseId),
            AnonymousGid = section.Read("anon_gid", standard.AnonymousGid, Flags.ParseId),
            TakesAuthNone = section.ReadSwitch("auth_none"),
            NeedsReservedPort = section.ReadSwitch("reserved_port"),
            Secret = ReadSecret(section),
        };
        var settings = new ExportSettings(
            rules, ReadStore(section, stores), section.Read("subtree", "", ParseSubtree), section.ReadSwitch("overlay"));
        section.RefuseOthers();
        return settings;
    }

    private static string ReadPath(ConfigSection section)
    {
        if (section.Find("path") is null)
        {
            section.Refuse(section.Line, "This export has no path; add one, such as \"path\": \"/projects\".");
        }

        return section.Read("path", "", ExportPath.Parse);
    }

    private static string ReadStore(ConfigSection section, string[] stores)
    {
        if (section.Find("store") is null)
        {
            // With one store there is nothing to say.
            if (stores.Length != 1)
            {
                section.Refuse(
                    section.Line, "This export has no store; add \"store\": \"NAME\" with a name of stores.");
            }

            return stores.FirstOrDefault() ?? "";
        }

        return section.Read("store", "", name => stores.Contains(name)
            ? name
            : Parsed<string>.Refuse($"takes a name of stores ({string.Join(", ", stores)})"));
    }

    private static IPNetwork[] ReadNetworks(ConfigSection section)
    {
        var entry = section.Find("networks");
        if (entry is null)
        {
            return [];
        }

        if (entry.Value is ConfigList { Items.Count: > 0 and <= NetworkText.CountMax } list)
        {
            return [.. list.Items.Select(item => section.Read("networks", item, default, NetworkText.Parse))];
        }

        section.Refuse(
            entry.Line,
            $"networks takes a list of 1 to {NetworkText.CountMax}, such as [\"10.0.0.0/8\", \"fd00::/8\"].");
        return [];
    }

    private static MountSecret? ReadSecret(ConfigSection section) =>
        section.Find("secret") is { } entry
            ? section.Read<MountSecret?>("secret", entry.Value, null, ParseSecret, isSecret: true)
            : null;

    private static Parsed<MountSecret?> ParseSecret(string text) =>
        text.Length is >= SecretCharactersMin and <= SecretCharactersMax
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? new MountSecret(Encoding.ASCII.GetBytes(text))
            : Parsed<MountSecret?>.Refuse(
                $"takes {SecretCharactersMin} to {SecretCharactersMax} letters, digits, - and _, in quotes");

    private static Parsed<string> ParseSubtree(string text)
    {
        var names = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return text.StartsWith('/') && names.All(IsName)
            ? string.Join('/', names)
            : Parsed<string>.Refuse("takes an absolute path in the store's tree without '..', such as /projects");
    }

    private static bool IsName(string name) =>
        name is not ("." or "..") && FileName.TryCreate(Encoding.UTF8.GetBytes(name), out _) == VfsError.None;
}
