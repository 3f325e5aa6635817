using Microsoft.Extensions.Logging;

namespace Cas.Client;

/// <summary>Everything that this project logs; event ids 1000 to 1999.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Made a new store in {Directory}, identity {Identity}")]
    public static partial void StoreCreated(this ILogger logger, string directory, string identity);

    [LoggerMessage(1001, LogLevel.Information, "Opened the store in {Directory}, identity {Identity}")]
    public static partial void StoreOpened(this ILogger logger, string directory, string identity);

    [LoggerMessage(1002, LogLevel.Information, "Removed {Count} unfinished objects that a crash left in {Directory}")]
    public static partial void LeftoversRemoved(this ILogger logger, int count, string directory);

    [LoggerMessage(1003, LogLevel.Warning, "The file {Path} was not what is stored now, and is replaced")]
    public static partial void ContentReplaced(this ILogger logger, string path);

    [LoggerMessage(1004, LogLevel.Warning, "The index {Path} is damaged and is made anew from the shards: {Problem}")]
    public static partial void IndexDamaged(this ILogger logger, string path, string problem);

    [LoggerMessage(1005, LogLevel.Error, "Shard {Name} is damaged; the files that only it knows are lost: {Problem}")]
    public static partial void ShardDamaged(this ILogger logger, MerkleHash name, string problem);

    [LoggerMessage(1006, LogLevel.Information, "Added {Count} shards to the index")]
    public static partial void IndexCaughtUp(this ILogger logger, int count);

    [LoggerMessage(1007, LogLevel.Warning, "File {Hash} stays in more pieces than it should be in: {Problem}")]
    public static partial void JoinFailed(this ILogger logger, MerkleHash hash, string problem);

    [LoggerMessage(1008, LogLevel.Error, "{Problem}; xorb {Other} has a good copy, which is read instead")]
    public static partial void OtherCopyRead(this ILogger logger, MerkleHash other, string problem);

    [LoggerMessage(1009, LogLevel.Information, "Opened {Url} on {Host}")]
    public static partial void HubOpened(this ILogger logger, string url, string host);

    [LoggerMessage(1010, LogLevel.Warning,
        "The store limits calls; the start goes on in {Seconds} s, and gives up after {Minutes} minutes: {Problem}")]
    public static partial void StartWaits(this ILogger logger, double seconds, double minutes, string? problem);
}
