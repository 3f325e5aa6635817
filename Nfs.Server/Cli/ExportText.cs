using System.Globalization;
using Nfs.Server.Admin;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;

namespace Nfs.Server.Cli;

/// <summary>Exports in words.</summary>
internal static class ExportText
{
    /// <summary>For the status.</summary>
    public static ExportStatus StatusOf(ExportSettings export) => new(
        export.Rules.Path, export.Rules.IsReadOnly, export.IsOverlay, WordOf(export.Rules.Squash), export.Store,
        "/" + export.Subtree, [.. export.Rules.Networks.Select(network => network.ToString())]);

    /// <summary>What an export would be, as label and value, for people who check a configuration.</summary>
    public static IEnumerable<(string Label, string Value)> Describe(ExportSettings export, GatewayConfig config)
    {
        var rules = export.Rules;
        yield return ("store", $"{export.Store}, {config.Stores.First(store => store.Name == export.Store).Url}");
        yield return ("subtree", "/" + export.Subtree);
        yield return ("networks", rules.Networks.Count == 0 ? "this machine alone" : string.Join(", ", rules.Networks));
        yield return ("access", rules.IsReadOnly ? "read-only" : "read-write");
        yield return ("overlay", export.IsOverlay ? "every change stays here" : "changes are sent to the store");
        yield return ("squash", string.Create(
            CultureInfo.InvariantCulture,
            $"{WordOf(rules.Squash)}; the anonymous user is {rules.AnonymousUid}, its group {rules.AnonymousGid}"));
        yield return ("auth_none", rules.TakesAuthNone ? "taken, as the anonymous user" : "refused");
        yield return ("reserved_port", rules.NeedsReservedPort ? "required" : "not required");
        yield return ("secret", rules.Secret is null ? "none" : "required to mount");
    }

    private static string WordOf(Squash squash) => squash switch
    {
        Squash.None => "none",
        Squash.RemoteRoot => "remote-root",
        Squash.Root => "root",
        Squash.All => "all",
    };
}
