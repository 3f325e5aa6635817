
namespace Nfs.Server.Cli.Config;

/// <summary>
/// Makes sense of a configuration file: <c>stores</c> with a URL for each name, and <c>exports</c>. Goes on after an
/// error, so that all of them are shown at once.
/// </summary>
internal static class ConfigReader
{
    private const int StoresMax = 16;
    private const int NameCharactersMax = 32;

    private const string StoresKey = "stores";
    private const string ExportsKey = "exports";

    /// <summary>The configuration, or null and the errors in the order of their lines.</summary>
    public static GatewayConfig? Read(ConfigTable document, out IReadOnlyList<ConfigError> errors)
    {
        var found = new List<ConfigError>();
        var section = new ConfigSection(document, found);
        var stores = ReadStores(section, found);
        var exports = ReadExports(section, found, stores);
        section.RefuseOthers();
        RefuseUnused(section, stores, exports);
        errors = [.. found.OrderBy(error => error.Line)];
        return found.Count == 0
            ? new GatewayConfig([.. stores.Values.Select(store => store.Settings)], exports)
            : null;
    }

    private static Dictionary<string, NamedStore> ReadStores(ConfigSection section, List<ConfigError> errors)
    {
        var stores = new Dictionary<string, NamedStore>(StringComparer.Ordinal);
        if (section.Find(StoresKey) is not { Value: ConfigTable { Entries.Count: > 0 and <= StoresMax } table })
        {
            section.Refuse(
                section.Find(StoresKey)?.Line ?? section.Line,
                $"stores takes 1 to {StoresMax} entries in braces, such as \"projects\": \"file:///srv/projects\".");
            return stores;
        }

        var names = new ConfigSection(table, errors);
        foreach (var (line, name, value) in table.Entries)
        {
            var url = names.Read(name, value, "", Flags.ParseStoreUrl);
            if (!IsName(name))
            {
                section.Refuse(
                    line,
                    $"The store '{name}' takes a name of 1 to {NameCharactersMax} letters a-z, digits, - and _.");
            }
            else if (!stores.TryAdd(name, new NamedStore(new StoreSettings(name, url), line)))
            {
                section.Refuse(line, $"There are two stores {name}; remove one.");
            }
            else if (stores.Values.FirstOrDefault(other => other.Settings.Url == url) is { } same
                && same.Settings.Name != name)
            {
                section.Refuse(
                    line,
                    $"The stores {same.Settings.Name} and {name} are one; let both exports use {same.Settings.Name}.");
            }
        }

        return stores;
    }

    private static List<ExportSettings> ReadExports(
        ConfigSection section, List<ConfigError> errors, Dictionary<string, NamedStore> stores)
    {
        var entry = section.Find(ExportsKey);
        var exports = new List<ExportSettings>();
        if (entry?.Value is not ConfigList { Items: var items } || items.Count is 0 or > ExportReader.ExportsMax
            || items.Any(item => item is not ConfigTable))
        {
            section.Refuse(
                entry?.Line ?? section.Line,
                $"exports takes a list of 1 to {ExportReader.ExportsMax}, each in braces.");
            return exports;
        }

        foreach (var table in items.Cast<ConfigTable>())
        {
            var export = ExportReader.Read(new ConfigSection(table, errors), [.. stores.Keys]);
            if (export.Rules.Path.Length > 0 && exports.Exists(other => other.Rules.Path == export.Rules.Path))
            {
                section.Refuse(table.Line, $"Two exports have the path {export.Rules.Path}; give this one another.");
            }

            if (exports.Find(other => other.Store == export.Store) is { } same && same.IsOverlay != export.IsOverlay)
            {
                section.Refuse(
                    table.Line,
                    $"The export {export.Rules.Path} and {same.Rules.Path} are of one store, of which either all or no "
                    + "changes are kept here; give both the same overlay.");
            }

            exports.Add(export);
        }

        return exports;
    }

    private static void RefuseUnused(
        ConfigSection section, Dictionary<string, NamedStore> stores, List<ExportSettings> exports)
    {
        foreach (var (settings, line) in stores.Values)
        {
            if (exports.Count > 0 && !exports.Exists(export => export.Store == settings.Name))
            {
                section.Refuse(line, $"No export uses the store {settings.Name}; add one, or remove this line.");
            }
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameCharactersMax
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    private sealed record NamedStore(StoreSettings Settings, int Line);
}
