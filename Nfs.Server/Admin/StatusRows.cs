using System.Globalization;
using System.Numerics;
using Nfs.Server.Units;

namespace Nfs.Server.Admin;

/// <summary>A status in words, for the terminal and for the page.</summary>
internal static class StatusRows
{
    /// <summary>Labels and values in the order to show them; the values are fit for one line.</summary>
    public static IReadOnlyList<(string Label, string Value)> Of(StatusDocument status) =>
    [
        ("state", $"{status.Phase}, {(status.Ready ? "ready" : "NOT ready")} since {Time(status.ReadySince)}: "
            + PlainText.Escape(status.ReadyReason)),
        ("version", $"{status.Version}, process {Number(status.ProcessId)}, up {Age(status.UptimeSeconds)}"),
        ("listening", PlainText.Escape(status.Listen ?? "not yet")),
        ("exports", string.Join(", ", status.Exports.Select(Export))),
        ("clients", $"{Count(status.Connections, "connection")}, {Count(status.CallsInFlight, "call")} in flight"
            + (status.OldestCallSeconds is { } oldest ? $", oldest {Age(oldest)}" : "")
            + $", {Number(status.Calls)} answered"),
        ("traffic", $"{ByteSize.Format(status.ReceivedBytes)} received, {ByteSize.Format(status.SentBytes)} sent"),
        ("not yet stored", status.DirtyFiles == 0
            ? "nothing"
            : $"{ByteSize.Format(status.DirtyBytes)} in {Count(status.DirtyFiles, "file")}"
                + (status.OldestDirtySeconds is { } age ? $", oldest {Age(age)}" : "")),
        ("kept here", status.LocalChanges == 0
            ? "nothing"
            : $"{Count(status.LocalChanges, "change")}, {ByteSize.Format(status.LocalBytes)} in "
                + Count(status.LocalFiles, "file")),
        ("queue", Count(status.Queue, "path")),
        ("cache", $"{ByteSize.Format(status.CacheBytes)} of {ByteSize.Format(status.CacheBytesMax)}"),
        ("store", PlainText.Escape(status.Store.Url)
            + (status.Store.Reachable ? ", reachable since " : ", AWAY since ") + Time(status.Store.Since)
            + (status.Store.LastFailure is { } failure ? "; last failure: " + PlainText.Escape(failure) : "")),
        ("store traffic",
            $"{ByteSize.Format(status.FetchedBytes)} fetched, {ByteSize.Format(status.StoredBytes)} stored"),
        ("other writers",
            $"{Number(status.RemoteChanges)} changes taken over, {Number(status.Conflicts)} conflicts"),
        ("objects", Number(status.Inodes)),
        ("memory", ByteSize.Format(status.MemoryBytes)),
    ];

    private static string Export(ExportStatus export) =>
        $"{PlainText.Escape(export.Path)} ({(export.ReadOnly ? "read-only" : export.Overlay ? "overlay" : "read-write")}, squash {export.Squash}, "
        + $"for {(export.Networks.Count == 0 ? "this machine" : string.Join(' ', export.Networks))})";

    private static string Count(int number, string noun) => $"{Number(number)} {noun}{(number == 1 ? "" : "s")}";

    private static string Age(double seconds) => Duration.Format(TimeSpan.FromSeconds(seconds));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number<T>(T number)
        where T : IBinaryInteger<T> => number.ToString(null, CultureInfo.InvariantCulture);
}
