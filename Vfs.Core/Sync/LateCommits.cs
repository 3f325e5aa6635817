using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// New entries that a commit without an answer may still bring into the store's tree. Whatever else is late finds another
/// version than it expects and has no effect; but what was to be new is taken wherever nothing is, also after the name
/// was removed again. So a removed name is looked at once more when nothing can be late any longer. Used by one thread.
/// </summary>
internal sealed class LateCommits(TimeProvider clock)
{
    // Longer than a call that its sender has given up stays on its way.
    private static readonly TimeSpan s_late = TimeSpan.FromMinutes(1);

    private readonly Dictionary<byte[], long> _unanswered = new(NameComparer.Instance);
    private long _pruned = clock.GetTimestamp();

    /// <summary>What an earlier life sent may arrive in this one.</summary>
    public void Load(MetadataReader reader) =>
        reader.Query("SELECT DISTINCT path FROM sending", row => Add(row.Blob(0).ToArray()));

    /// <summary>A commit that makes this path ended without an answer.</summary>
    public void Add(byte[] path)
    {
        if (clock.GetElapsedTime(_pruned) > s_late)
        {
            _pruned = clock.GetTimestamp();
            foreach (var old in _unanswered.Keys.Where(old => LeftFor(old) == TimeSpan.Zero).ToList())
            {
                _unanswered.Remove(old);
            }
        }

        _unanswered[path] = clock.GetTimestamp();
    }

    /// <summary>How long a commit that makes this path may still arrive; zero if none can.</summary>
    public TimeSpan LeftFor(byte[] path)
    {
        var left = _unanswered.TryGetValue(path, out var since) ? s_late - clock.GetElapsedTime(since) : default;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
