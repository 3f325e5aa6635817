using System.CommandLine;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary>
/// One flag: its name, its environment variable, its default and its meaning live in one place, from which the parser,
/// the help and the README's table are made.
/// </summary>
internal abstract class Flag
{
    private readonly bool _isSwitch;

    protected Flag(string name, string valueName, string? standard, string meaning, bool isSwitch)
    {
        Name = name;
        Standard = standard;
        Meaning = meaning;
        _isSwitch = isSwitch;
        EnvironmentVariable = "NFSGW_" + name.TrimStart('-').Replace('-', '_').ToUpperInvariant();
        Option = new Option<string?>(name)
        {
            Description = $"{meaning} [{(standard is null ? "required" : "default: " + standard)}; "
                + $"env: {EnvironmentVariable}]",
            HelpName = valueName,
            Arity = isSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
    }

    public string Name { get; }

    public string EnvironmentVariable { get; }

    /// <summary>The default as one would type it; null if there is none.</summary>
    public string? Standard { get; }

    public string Meaning { get; }

    public Option<string?> Option { get; }

    /// <summary>The name under which the flag was given: its own or its variable's; null if it was not.</summary>
    public string? GivenAs(ParseResult result, Func<string, string?> environment) =>
        result.GetResult(Option) is { Implicit: false } ? Name
            : environment(EnvironmentVariable) is { Length: > 0 } ? EnvironmentVariable : null;

    /// <summary>What was given, and the name under which it was: the flag wins over the environment.</summary>
    protected (string? Text, string Source) TextOf(ParseResult result, Func<string, string?> environment)
    {
        if (result.GetResult(Option) is { Implicit: false } given)
        {
            return (_isSwitch && given.Tokens.Count == 0 ? "true" : result.GetValue(Option), Name);
        }

        return environment(EnvironmentVariable) is { Length: > 0 } text
            ? (text, EnvironmentVariable)
            : (Standard, Name);
    }
}

/// <summary>A flag with a value of its own type.</summary>
internal sealed class Flag<T> : Flag
{
    private readonly Func<string, Parsed<T>> _parse;

    public Flag(
        string name, string valueName, string? standard, string meaning, Func<string, Parsed<T>> parse,
        bool isSwitch = false)
        : base(name, valueName, standard, meaning, isSwitch) => _parse = parse;

    /// <summary>The value. Throws <see cref="UsageException"/> if it is missing or refused.</summary>
    public T Resolve(ParseResult result, Func<string, string?> environment)
    {
        var (text, source) = TextOf(result, environment);
        if (text is null)
        {
            throw new UsageException(
                $"{Name} is required (or {EnvironmentVariable} in the environment); see nfsgw "
                + $"{CommandName.Of(result.CommandResult.Command)} --help.");
        }

        var parsed = _parse(text);
        return parsed.Accepted is { } accepted
            ? throw new UsageException($"{source} {accepted}, not '{PlainText.Escape(text)}'.")
            : parsed.Value;
    }
}
