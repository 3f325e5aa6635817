namespace Vfs.Core.Sync;

/// <summary>What became of paths or marks that were to be committed. Those it does not name are done.</summary>
internal sealed class SyncOutcome<T>(IEqualityComparer<T>? comparer = null)
    where T : notnull
{
    /// <summary>Those that failed, and why; they stay.</summary>
    public Dictionary<T, string> Failed { get; } = new(comparer);

    /// <summary>Those that are done and must be looked at once more, and how much later.</summary>
    public Dictionary<T, TimeSpan> LooksAgain { get; } = new(comparer);

    /// <summary>Those that name what differs from the store and is kept here.</summary>
    public HashSet<T> Held { get; } = new(comparer);
}
