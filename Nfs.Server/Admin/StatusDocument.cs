using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nfs.Server.Admin;

/// <summary>
/// What <c>status --json</c> prints. The names are promises to scripts: they are added to, and never renamed.
/// Times are ISO 8601 in UTC, ages are seconds, sizes are bytes; null means that there is none.
/// </summary>
internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required int ProcessId { get; init; }

    /// <summary><c>starting</c>, <c>serving</c> or <c>stopping</c>.</summary>
    public required string Phase { get; init; }

    public required bool Ready { get; init; }

    public required string ReadyReason { get; init; }

    public required DateTimeOffset ReadySince { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required double UptimeSeconds { get; init; }

    public required string StateDirectory { get; init; }

    /// <summary>Null until clients are served.</summary>
    public required string? Listen { get; init; }

    /// <summary>Null if there is no admin address.</summary>
    public required string? Admin { get; init; }

    public required IReadOnlyList<ExportStatus> Exports { get; init; }

    public required int Connections { get; init; }

    public required int CallsInFlight { get; init; }

    public required double? OldestCallSeconds { get; init; }

    public required ulong Calls { get; init; }

    public required ulong ReceivedBytes { get; init; }

    public required ulong SentBytes { get; init; }

    public required ulong DirtyBytes { get; init; }

    public required int DirtyFiles { get; init; }

    public required double? OldestDirtySeconds { get; init; }

    /// <summary>Bytes that are here alone because they are kept here: of an overlay, or by their name.</summary>
    public required ulong LocalBytes { get; init; }

    public required int LocalFiles { get; init; }

    public required int LocalChanges { get; init; }

    public required int Queue { get; init; }

    public required ulong CacheBytes { get; init; }

    public required ulong CacheBytesMax { get; init; }

    public required StoreStatus Store { get; init; }

    public required ulong FetchedBytes { get; init; }

    public required ulong StoredBytes { get; init; }

    public required ulong Conflicts { get; init; }

    public required ulong RemoteChanges { get; init; }

    public required ulong Inodes { get; init; }

    public required ulong MemoryBytes { get; init; }
}

/// <summary>One export.</summary>
/// <param name="Path">What clients mount.</param>
/// <param name="ReadOnly">Whether changes are refused.</param>
/// <param name="Overlay">Whether changes are kept here and never sent.</param>
/// <param name="Squash">Who becomes the anonymous user, in the word of the flag.</param>
/// <param name="Store">The name of its store.</param>
/// <param name="Subtree">The directory in the store's tree, from its root.</param>
/// <param name="Networks">Whose machines may use it; empty for this machine alone.</param>
internal sealed record ExportStatus(
    string Path, bool ReadOnly, bool Overlay, string Squash, string Store, string Subtree,
    IReadOnlyList<string> Networks);

/// <summary>The store as the gateway last saw it.</summary>
internal sealed record StoreStatus(string Url, bool Reachable, DateTimeOffset Since, string? LastFailure);

/// <summary>The last line of a sync: without it, the answer was cut off.</summary>
internal sealed record SyncSummary(int Files, int Failed);

/// <summary>One line of a sync's answer: a file, or the summary.</summary>
internal sealed record SyncLine(SyncRow? File, SyncSummary? Summary);

/// <summary>One file of a sync.</summary>
internal sealed record SyncRow(string Path, ulong Size, string Hash, string? Failure);

/// <summary>Answer to an evict.</summary>
internal sealed record EvictAnswer(ulong EvictedBytes);

/// <summary>Why a control request failed, for people.</summary>
internal sealed record ControlFailure(string Error);

/// <summary>How these are written and read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(SyncLine))]
[JsonSerializable(typeof(EvictAnswer))]
[JsonSerializable(typeof(ControlFailure))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>The same with line breaks, for people who look.</summary>
    public static AdminJson Indented { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    });
}
