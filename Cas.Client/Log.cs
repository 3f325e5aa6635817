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

    [LoggerMessage(1003, LogLevel.Error, "Object {Hash} was damaged on the store's disk and is written anew")]
    public static partial void DamagedObjectReplaced(this ILogger logger, MerkleHash hash);
}
