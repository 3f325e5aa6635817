using System.CommandLine;
using System.Net;
using Cas.Client;
using Microsoft.Extensions.Logging;
using Nfs.Server.Cli.Config;
using Nfs.Server.Exports;
using Nfs.Server.Logging;
using Nfs.Server.Units;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>What <c>serve</c> was asked to do; every value checked.</summary>
internal sealed record ServeSettings
{
    public required string State { get; init; }

    /// <summary>How to reach the Hub, for stores that are there.</summary>
    public required HubOptions Hub { get; init; }

    public required IPEndPoint Listen { get; init; }

    /// <summary>The stores and the exports.</summary>
    public required GatewayConfig Exported { get; init; }

    public required ulong CacheBytesMax { get; init; }

    /// <summary>Whether Unicode forms of a name are one name to clients.</summary>
    public required bool IsFormInsensitive { get; init; }

    /// <summary>Names of files that are never sent; whole exports that are not say so themselves.</summary>
    public required LocalNames LocalNames { get; init; }

    public required TimeSpan FlushDebounce { get; init; }

    public required TimeSpan FlushMaxAge { get; init; }

    /// <summary>How long a read waits for the store before its client is told to ask again.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>After how long without any progress what waits fails.</summary>
    public required TimeSpan GiveUp { get; init; }

    /// <summary>How often the store is asked what others changed; zero for never.</summary>
    public required TimeSpan Poll { get; init; }

    /// <summary>Which version stays of what was changed here and by another writer.</summary>
    public required ConflictPolicy OnConflict { get; init; }

    /// <summary>How long a stop sends what is not in the store yet; zero for not at all.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>Null: no admin address.</summary>
    public required IPEndPoint? Admin { get; init; }

    public required LogLevel LogLevel { get; init; }

    public required LogFormat LogFormat { get; init; }

    /// <summary>From the command line and the environment. Throws <see cref="UsageException"/>.</summary>
    public static ServeSettings From(ParseResult result, Func<string, string?> environment)
    {
        var settings = new ServeSettings
        {
            State = Flags.State.Resolve(result, environment),
            Hub = HubSettings.From(result, environment),
            Exported = ExportedBy(result, environment),
            Listen = Flags.Listen.Resolve(result, environment),
            CacheBytesMax = Flags.CacheSize.Resolve(result, environment),
            IsFormInsensitive = Flags.Unicode.Resolve(result, environment),
            LocalNames = Flags.LocalNames.Resolve(result, environment),
            FlushDebounce = Flags.FlushDebounce.Resolve(result, environment),
            FlushMaxAge = Flags.FlushMaxAge.Resolve(result, environment),
            Wait = Flags.Wait.Resolve(result, environment),
            GiveUp = Flags.GiveUp.Resolve(result, environment),
            Poll = Flags.Poll.Resolve(result, environment),
            OnConflict = Flags.OnConflict.Resolve(result, environment),
            Drain = Flags.Drain.Resolve(result, environment),
            Admin = Flags.Admin.Resolve(result, environment),
            LogLevel = Flags.Level.Resolve(result, environment),
            LogFormat = Flags.Format.Resolve(result, environment),
        };
        settings.CheckTogether();
        return settings;
    }

    private static GatewayConfig ExportedBy(ParseResult result, Func<string, string?> environment)
    {
        if (Flags.Config.Resolve(result, environment) is not { } file)
        {
            return GatewayConfig.Of(
                Flags.Store.Resolve(result, environment), OneExport(result, environment),
                Flags.Overlay.Resolve(result, environment));
        }

        var other = Flags.OfOneExport
            .Select(flag => flag.GivenAs(result, environment)).FirstOrDefault(given => given is not null);
        return other is null
            ? ConfigFile.Load(file)
            : throw new UsageException(
                $"{other} and {Flags.Config.Name} cannot be given together: the file says it all.");
    }

    private static Export OneExport(ParseResult result, Func<string, string?> environment) => new()
    {
        Path = Flags.Export.Resolve(result, environment),
        Networks = Flags.Networks.Resolve(result, environment),
        IsReadOnly = Flags.ReadOnly.Resolve(result, environment),
        Squash = Flags.Squash.Resolve(result, environment),
        AnonymousUid = Flags.AnonUid.Resolve(result, environment),
        AnonymousGid = Flags.AnonGid.Resolve(result, environment),
    };

    private void CheckTogether()
    {
        if (!IPAddress.IsLoopback(Listen.Address)
            && Exported.Exports.FirstOrDefault(export => export.Rules.Networks.Count == 0) is { } open)
        {
            throw new UsageException(
                $"Other machines can reach {Flags.Listen.Name} {Listen}, and nothing says which of them may use the "
                + $"export {open.Rules.Path}: name their {Flags.Networks.Name}, or listen on 127.0.0.1.");
        }

        if (FlushMaxAge < FlushDebounce)
        {
            throw new UsageException(
                $"--flush-max-age ({Duration.Format(FlushMaxAge)}) cannot be shorter than --flush-debounce "
                + $"({Duration.Format(FlushDebounce)}).");
        }

        if (Admin is { Port: not 0 } && Admin.Equals(Listen))
        {
            throw new UsageException("--admin and --listen cannot be the same address.");
        }
    }
}
