using Microsoft.Extensions.Logging;
using Vfs.Core.Content.Mapping;

namespace Vfs.Core;

/// <summary>Every message that the file system logs.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Critical,
        "The state database cannot be written (SQLite error {Code}); replies wait. Free space on its disk.")]
    public static partial void MetadataWriteFailed(this ILogger log, Exception exception, int code);

    [LoggerMessage(101, LogLevel.Information, "Opened the state: {Inodes} inodes, {DirtyFiles} files to send")]
    public static partial void StateOpened(this ILogger log, long inodes, int dirtyFiles);

    [LoggerMessage(102, LogLevel.Information, "Took over {Entries} entries of the store's tree in {Seconds:F1} s")]
    public static partial void TreeImported(this ILogger log, int entries, double seconds);

    [LoggerMessage(103, LogLevel.Warning, "The store does not let go of what it was given to do; it is not waited for")]
    public static partial void StoreHangs(this ILogger log);

    [LoggerMessage(104, LogLevel.Warning,
        "The store cannot record where this state lies ({Reason}); it is tried again at the next start")]
    public static partial void StateNotRegistered(this ILogger log, string? reason);

    [LoggerMessage(110, LogLevel.Error, "fdatasync of the staging file of inode {Inode} failed; its unstable data is given up")]
    public static partial void SyncFailed(this ILogger log, Exception exception, InodeId inode);

    [LoggerMessage(111, LogLevel.Warning, "Fetching [{Start}, {End}) of {Content} failed: {Reason}")]
    public static partial void FetchFailed(this ILogger log, ulong start, ulong end, string content, string reason);

    [LoggerMessage(112, LogLevel.Error, "The staging file of inode {Inode} could not be used")]
    public static partial void StagingFailed(this ILogger log, Exception exception, InodeId inode);

    [LoggerMessage(113, LogLevel.Warning, "Leftover staging files could not be removed")]
    public static partial void LeftoversKept(this ILogger log, Exception exception);

    [LoggerMessage(114, LogLevel.Warning, "What is in the cache of inode {Inode} could not be recorded; it is tried again")]
    public static partial void CoverageNotSaved(this ILogger log, InodeId inode);

    [LoggerMessage(115, LogLevel.Error,
        "Nothing of inode {Inode} came from the store for {Seconds:F0} s, and its reader gets an I/O error: {Reason}")]
    public static partial void ReadGivenUp(this ILogger log, InodeId inode, double seconds, string reason);

    [LoggerMessage(120, LogLevel.Warning, "Sending inode {Inode} to the store failed: {Reason}; it is tried again")]
    public static partial void FlushFailed(this ILogger log, InodeId inode, string reason);

    [LoggerMessage(121, LogLevel.Warning, "Committing {Count} changes to the store's tree failed: {Reason}; they are tried again")]
    public static partial void TreeCommitFailed(this ILogger log, int count, string reason);

    [LoggerMessage(122, LogLevel.Error, "The synchronisation met an unexpected failure; it goes on")]
    public static partial void SyncFaulted(this ILogger log, Exception exception);

    [LoggerMessage(123, LogLevel.Debug, "Stored inode {Inode}: {Bytes} bytes, {Kind}")]
    public static partial void Flushed(this ILogger log, InodeId inode, ulong bytes, string kind);

    [LoggerMessage(124, LogLevel.Error, "Making room in the cache failed")]
    public static partial void TrimFailed(this ILogger log, Exception exception);

    [LoggerMessage(125, LogLevel.Information, "Staging files in {Path} are mapped: {Mode}")]
    public static partial void MappingChosen(this ILogger log, string path, MappingMode mode);

    [LoggerMessage(126, LogLevel.Information, "Snapshots of files in {Path}: {Way}")]
    public static partial void SnapshotsChosen(this ILogger log, string path, string way);

    [LoggerMessage(130, LogLevel.Warning, "'{Path}' in the store's tree {Problem}; it is left out")]
    public static partial void EntryUnusable(this ILogger log, string path, string problem);

    [LoggerMessage(131, LogLevel.Warning,
        "Conflict: '{Path}' was changed here and by another writer of the store ({Outcome})")]
    public static partial void ConflictSettled(this ILogger log, string path, string outcome);

    [LoggerMessage(132, LogLevel.Information, "Took over {Count} changes that others made in the store")]
    public static partial void ChangesTaken(this ILogger log, ulong count);

    [LoggerMessage(133, LogLevel.Warning, "The store cannot be asked what others changed: {Reason}; it is tried again")]
    public static partial void PollFailed(this ILogger log, string reason);

    [LoggerMessage(134, LogLevel.Error, "Looking for what others changed met an unexpected failure; it goes on")]
    public static partial void PollFaulted(this ILogger log, Exception exception);
}
