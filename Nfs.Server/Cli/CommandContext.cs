using System.CommandLine;
using System.Globalization;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nfs.Server.Cli;

/// <summary>What commands that work on a store, without a gateway, have in common.</summary>
internal sealed class CommandContext(
    Func<string, string?> environment, TextWriter output, TextWriter error, TimeProvider clock)
{
    /// <summary>Shows how far a command is.</summary>
    public ProgressDisplay Progress { get; } = new(error, clock);

    /// <summary>Opens the store that <c>--store</c> names. Throws with a sentence if that cannot be.</summary>
    public Task<IStore> OpenStoreAsync(ParseResult result, CancellationToken cancellationToken) =>
        StoreOpener.OpenStoreAsync(
            Resolve(result, Flags.Store), clock, NullLoggerFactory.Instance, cancellationToken,
            hub: HubSettings.From(result, environment));

    /// <summary>The same for upkeep; the store has to be there.</summary>
    public Task<IStoreUpkeep> OpenUpkeepAsync(ParseResult result, CancellationToken cancellationToken) =>
        StoreOpener.OpenUpkeepAsync(
            Resolve(result, Flags.Store), clock, NullLoggerFactory.Instance, cancellationToken);

    /// <summary>The value of a flag.</summary>
    public T Resolve<T>(ParseResult result, Flag<T> flag) => flag.Resolve(result, environment);

    /// <summary>Prints a line on standard output.</summary>
    public void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a store answered; throws with a sentence if it failed.</summary>
    public static T Value<T>(CasResult<T> result) =>
        result.IsOk ? result.Value : throw new UsageException(SentenceOf(result.Error, result.Detail?.TrimEnd('.')));

    private static string SentenceOf(CasError error, string? detail) => error == CasError.NoSpace
        ? $"The disk of the store is full; make room on it and run the command again: {detail}."
        : $"The store says {error}: {detail}.";
}
