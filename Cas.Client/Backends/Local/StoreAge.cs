namespace Cas.Client.Backends.Local;

/// <summary>
/// How the age of content is told: by its shard. Storing what is stored already writes nothing as long as the shard is
/// younger than <see cref="Slack"/>, so content can be younger than its shard says by that much.
/// </summary>
internal static class StoreAge
{
    public static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    /// <summary>Shards that were written after this hold content younger than <paramref name="keep"/>.</summary>
    public static DateTime YoungAfter(TimeSpan keep, TimeProvider time) =>
        keep == TimeSpan.Zero ? DateTime.MaxValue : time.GetUtcNow().UtcDateTime - keep - Slack;
}
