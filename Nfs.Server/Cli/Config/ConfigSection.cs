using System.Globalization;
using Nfs.Server.Units;

namespace Nfs.Server.Cli.Config;

/// <summary>
/// One table of a configuration file while it is read: gives the values of known keys and collects what is wrong.
/// </summary>
internal sealed class ConfigSection(ConfigTable table, List<ConfigError> errors)
{
    private readonly HashSet<string> _known = [];

    public int Line => table.Line;

    /// <summary>The entry of a key, or null. The key is known from now on.</summary>
    public ConfigEntry? Find(string key)
    {
        _known.Add(key);
        return table.Entries.FirstOrDefault(entry => entry.Key == key);
    }

    /// <summary>A string or a whole number, by the same rules as the flag's text.</summary>
    public T Read<T>(string key, T standard, Func<string, Parsed<T>> parse) =>
        Find(key) is { } entry ? Read(key, entry.Value, standard, parse) : standard;

    /// <summary>The same of a value that is at hand. What it is does not show in errors if it is secret.</summary>
    public T Read<T>(
        string key, ConfigValue value, T standard, Func<string, Parsed<T>> parse, bool isSecret = false)
    {
        var text = value switch
        {
            ConfigText given => given.Value,
            ConfigNumber given => given.Value.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        var parsed = text is null ? Parsed<T>.Refuse("takes a single value") : parse(text);
        if (parsed.Accepted is not { } accepted)
        {
            return parsed.Value;
        }

        Refuse(value.Line, text is null || isSecret ? $"{key} {accepted}." : $"{key} {accepted}, not '{text}'.");
        return standard;
    }

    public bool ReadSwitch(string key)
    {
        var entry = Find(key);
        if (entry is { Value: not ConfigSwitch })
        {
            Refuse(entry.Line, $"{key} takes true or false, without quotes.");
        }

        return entry?.Value is ConfigSwitch { Value: true };
    }

    public void Refuse(int line, string sentence) => errors.Add(new ConfigError(line, sentence));

    /// <summary>Refuses the keys that nobody asked for.</summary>
    public void RefuseOthers()
    {
        var seen = new HashSet<string>();
        foreach (var entry in table.Entries)
        {
            if (!_known.Contains(entry.Key))
            {
                Refuse(
                    entry.Line,
                    $"{PlainText.Escape(entry.Key)} is not a key here; the keys are {string.Join(", ", _known)}.");
            }
            else if (!seen.Add(entry.Key))
            {
                Refuse(entry.Line, $"{entry.Key} is given twice; remove one.");
            }
        }
    }
}
