using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Nfs.Server.Exports;
using Nfs.Server.Logging;
using Nfs.Server.Units;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>The flags of every command; the table that the help and the README show.</summary>
internal static class Flags
{
    private const ulong CacheBytesMin = 64UL << 20;
    private const ulong CacheBytesMax = 1UL << 60;

    // Every name that changes is held against all of them.
    private const int LocalNamesMax = 64;

    public static Flag<string> State { get; } = new(
        "--state", "DIR", null,
        "Directory for everything local: database, staging files, handle key, control socket. Made if missing.",
        text => text.Length > 0 ? text : Parsed<string>.Refuse("takes a directory"));

    /// <summary>The same for the commands that ask a running gateway.</summary>
    public static Flag<string> RunningState { get; } = new(
        "--state", "DIR", null, "State directory of the running gateway.",
        text => text.Length > 0 ? text : Parsed<string>.Refuse("takes a directory"));

    public static Flag<bool> Json { get; } = new(
        "--json", "true|false", "false", "Print JSON, for scripts.", ParseSwitch, isSwitch: true);

    public static Flag<string> Store { get; } = new(
        "--store", "URL", null,
        "Where files end up: file:///DIR is the embedded store in a directory, hf://buckets/OWNER/NAME[/FOLDER] a "
        + "bucket on the Hub, hf://[datasets/|spaces/]OWNER/REPO[@REVISION][/FOLDER] a repository there, read-only.",
        ParseStoreUrl);

    public static Flag<string?> Config { get; } = new(
        "--config", "FILE|none", "none",
        "File that says what is exported from which stores, and to whom; then --store and the flags of one export are "
        + "not given.",
        text => text == "none" ? new Parsed<string?>(null, null) : new Parsed<string?>(text, null));

    public static Flag<Uri> HubEndpoint { get; } = new(
        "--hub-endpoint", "URL", "https://huggingface.co", "The Hub that hf:// URLs mean.", ParseEndpoint);

    public static Flag<string?> HubTokenFile { get; } = new(
        "--hub-token-file", "FILE|none", "none",
        "A file with the token for the Hub, read again when it changes; without one, HF_TOKEN in the environment.",
        text => new Parsed<string?>(text == "none" ? null : text, null));

    public static Flag<TimeSpan> Keep { get; } = new(
        "--keep", "TIME", "7d", "Content that was stored within this time is kept, whoever needs it; 0s for none.",
        Duration.ParseDays);

    public static Flag<bool> DryRun { get; } = new(
        "--dry-run", "true|false", "false", "Change nothing, and print what would be done.", ParseSwitch,
        isSwitch: true);

    public static Flag<IPEndPoint> Listen { get; } = new(
        "--listen", "ADDRESS:PORT", "127.0.0.1:2049",
        "Where NFS and MOUNT listen. Beyond loopback every export has to say which networks may connect.",
        ListenEndPoint.Parse);

    public static Flag<string> Export { get; } = new(
        "--export", "PATH", "/", "The path that clients mount.", ExportPath.Parse);

    public static Flag<IPNetwork[]> Networks { get; } = new(
        "--networks", "NETWORK,...", "loopback",
        "Networks whose machines may connect, such as 10.0.0.0/8,fd00::/8; loopback: this machine alone.",
        NetworkText.ParseList);

    public static Flag<bool> ReadOnly { get; } = new(
        "--read-only", "true|false", "false", "Refuse every change by clients.", ParseSwitch, isSwitch: true);

    public static Flag<bool> Overlay { get; } = new(
        "--overlay", "true|false", "false",
        "Keep every change here and send none, so that all may be changed over a store that stays as it is.",
        ParseSwitch, isSwitch: true);

    public static Flag<Squash> Squash { get; } = new(
        "--squash", "none|remote-root|root|all", "remote-root",
        "Which client users become the anonymous one: none, root of other machines, root, or all of them.",
        ParseSquash);

    public static Flag<uint> AnonUid { get; } = new(
        "--anon-uid", "N", "65534", "User id of the anonymous user, a number.", ParseId);

    public static Flag<uint> AnonGid { get; } = new(
        "--anon-gid", "N", "65534", "Group id of the anonymous user, a number.", ParseId);

    public static Flag<ulong> CacheSize { get; } = new(
        "--cache-size", "SIZE", "10GiB",
        "Most local disk for bytes that a store has too; at least 64MiB. Unsent bytes are kept beyond it.",
        ParseCacheSize);

    public static Flag<bool> Unicode { get; } = new(
        "--unicode", "exact|insensitive", "exact",
        "Whether names whose letters and accents are the same are one name, whichever Unicode form a client uses: "
        + "insensitive for clients on macOS.",
        ParseUnicode);

    public static Flag<LocalNames> LocalNames { get; } = new(
        "--local-names", "PATTERN,...|none", "none",
        "Files with such names are kept here and never sent; * stands for anything: .DS_Store,._* for clients on macOS.",
        ParseLocalNames);

    public static Flag<TimeSpan> FlushDebounce { get; } = new(
        "--flush-debounce", "TIME", "2s", "A file is sent to the store when nobody wrote to it for this long.",
        Duration.Parse);

    public static Flag<TimeSpan> FlushMaxAge { get; } = new(
        "--flush-max-age", "TIME", "30s", "A file that is written all the time is sent after this long.",
        Duration.Parse);

    public static Flag<TimeSpan> Wait { get; } = new(
        "--wait", "TIME", "8s",
        "How long a read waits for the store before its client is told to ask again, which it does by itself.",
        Duration.Parse);

    public static Flag<TimeSpan> GiveUp { get; } = new(
        "--give-up", "TIME", "10m",
        "Reads of a file of which nothing comes for this long fail. No longer than --wait for clients that cannot be "
        + "told to ask again, as those of Windows.",
        Duration.Parse);

    public static Flag<TimeSpan> Poll { get; } = new(
        "--poll", "TIME", "30s",
        "How often the store is asked what others changed in it; 0s for never, if nobody else writes to it.",
        Duration.Parse);

    public static Flag<ConflictPolicy> OnConflict { get; } = new(
        "--on-conflict", "keep-both|ours|theirs", "keep-both",
        "Which version of a file stays when another writer of the store changed it too: both, ours under the name "
        + "'NAME (conflict HOST TIME)', or one of them.",
        ParseConflictPolicy);

    public static Flag<TimeSpan> Drain { get; } = new(
        "--drain", "TIME", "0s",
        "How long a stop may take to send what is not in the store yet. What is left is kept, and sent after the next "
        + "start.",
        Duration.Parse);

    public static Flag<IPEndPoint?> Admin { get; } = new(
        "--admin", "ADDRESS:PORT|off", "127.0.0.1:2050",
        "Where the status page, /healthz, /readyz and /metrics listen, on loopback.", ParseAdmin);

    public static Flag<LogLevel> Level { get; } = new(
        "--log-level", "LEVEL", "info", "Least level that is logged: trace, debug, info, warning or error.",
        ParseLevel);

    public static Flag<LogFormat> Format { get; } = new(
        "--log-format", "text|json", "text", "Log lines on stderr: text for people, or json for machines.",
        ParseFormat);

    /// <summary>Flags that describe the one export of a gateway without a configuration file.</summary>
    public static IReadOnlyList<Flag> OfOneExport { get; } =
        [Store, Export, Networks, ReadOnly, Overlay, Squash, AnonUid, AnonGid];

    /// <summary>All flags of serve, in the order of its help.</summary>
    public static IReadOnlyList<Flag> OfServe { get; } =
    [
        State, Config, .. OfOneExport, HubEndpoint, HubTokenFile, Listen, CacheSize, Unicode, LocalNames,
        FlushDebounce, FlushMaxAge, Wait, GiveUp, Poll, OnConflict, Drain, Admin, Level, Format,
    ];

    /// <summary>A value of a switch in words that shells and manifests use.</summary>
    public static Parsed<bool> ParseSwitch(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" or "ON" => true,
        "FALSE" or "0" or "NO" or "OFF" => false,
        _ => Parsed<bool>.Refuse("takes true or false"),
    };

    /// <summary>The URL of a store.</summary>
    public static Parsed<string> ParseStoreUrl(string text) => text.Contains("://", StringComparison.Ordinal)
        ? text
        : Parsed<string>.Refuse("takes a URL such as file:///srv/store");

    /// <summary>Who is squashed.</summary>
    public static Parsed<Squash> ParseSquash(string text) => text switch
    {
        "none" => Exports.Squash.None,
        "remote-root" => Exports.Squash.RemoteRoot,
        "root" => Exports.Squash.Root,
        "all" => Exports.Squash.All,
        _ => Parsed<Squash>.Refuse("takes none, remote-root, root or all"),
    };

    /// <summary>
    /// An anonymous id. 0 would make root of everybody who was to be squashed; 4294967295 means "no id" to chown.
    /// </summary>
    public static Parsed<uint> ParseId(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id is not (0 or uint.MaxValue)
            ? id
            : Parsed<uint>.Refuse("takes a number from 1 to 4294967294");

    private static Parsed<ConflictPolicy> ParseConflictPolicy(string text) => text switch
    {
        "keep-both" => ConflictPolicy.KeepBoth,
        "ours" => ConflictPolicy.Ours,
        "theirs" => ConflictPolicy.Theirs,
        _ => Parsed<ConflictPolicy>.Refuse("takes keep-both, ours or theirs"),
    };

    private static Parsed<ulong> ParseCacheSize(string text)
    {
        var size = ByteSize.Parse(text);
        return !size.IsOk || size.Value is >= CacheBytesMin and <= CacheBytesMax
            ? size
            : Parsed<ulong>.Refuse("takes a size from 64MiB to 1048576TiB, such as 10GiB");
    }

    private static Parsed<Uri> ParseEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url is { UserInfo: "", Query: "", Fragment: "" }
            ? url
            : Parsed<Uri>.Refuse("takes a URL such as https://huggingface.co");

    private static Parsed<bool> ParseUnicode(string text) => text switch
    {
        "exact" => false,
        "insensitive" => true,
        _ => Parsed<bool>.Refuse("takes exact or insensitive"),
    };

    private static Parsed<LocalNames> ParseLocalNames(string text)
    {
        var patterns = text == "none" ? [] : text.Split(',', StringSplitOptions.TrimEntries);
        return patterns.Length <= LocalNamesMax && Vfs.Core.LocalNames.Of(patterns) is { } names
            ? names
            : Parsed<LocalNames>.Refuse(
                $"takes 1 to {LocalNamesMax} patterns of names, such as .DS_Store,._*, and none that fits every name");
    }

    private static Parsed<IPEndPoint?> ParseAdmin(string text)
    {
        if (text == "off")
        {
            return new Parsed<IPEndPoint?>(null, null);
        }

        var parsed = ListenEndPoint.ParseLoopback(text);
        return new Parsed<IPEndPoint?>(parsed.Value, parsed.Accepted);
    }

    private static Parsed<LogLevel> ParseLevel(string text) => text switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warning" or "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => Parsed<LogLevel>.Refuse("takes trace, debug, info, warning or error"),
    };

    private static Parsed<LogFormat> ParseFormat(string text) => text switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => Parsed<LogFormat>.Refuse("takes text or json"),
    };
}
