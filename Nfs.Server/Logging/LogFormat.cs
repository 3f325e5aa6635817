namespace Nfs.Server.Logging;

/// <summary>What a log line looks like.</summary>
internal enum LogFormat : byte
{
    /// <summary>Time, level, category and message, for people.</summary>
    Text,

    /// <summary>One JSON object, for machines.</summary>
    Json,
}
