namespace Nfs.Server.Cli.Config;

/// <summary>A value of a configuration file, whatever its format, and the line that it stands on, from 1.</summary>
internal abstract record ConfigValue(int Line);

internal sealed record ConfigText(int Line, string Value) : ConfigValue(Line);

internal sealed record ConfigNumber(int Line, long Value) : ConfigValue(Line);

internal sealed record ConfigSwitch(int Line, bool Value) : ConfigValue(Line);

internal sealed record ConfigList(int Line, IReadOnlyList<ConfigValue> Items) : ConfigValue(Line);

internal sealed record ConfigTable(int Line, IReadOnlyList<ConfigEntry> Entries) : ConfigValue(Line);

/// <summary>A key of a table, with its value.</summary>
internal sealed record ConfigEntry(int Line, string Key, ConfigValue Value);

/// <summary>What is wrong in a configuration file, in one sentence that says what to do.</summary>
internal sealed record ConfigError(int Line, string Sentence);
