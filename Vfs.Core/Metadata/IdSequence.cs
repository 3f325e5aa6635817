namespace Vfs.Core.Metadata;

/// <summary>
/// Numbers that are never given twice, restarts included: the database holds an upper bound of what was given. The
/// bound is raised in blocks and well ahead, because others may see a number before the batch of its first use is
/// durable. Guarded by the namespace gate.
/// </summary>
internal sealed class IdSequence(string settingKey, ulong first)
{
    private const ulong Block = 131_072;
    private const ulong Ahead = 65_536;

    private ulong _next = first;
    private ulong _reserved = first;

    /// <summary>The number that will be given next.</summary>
    public ulong Next => _next;

    /// <summary>Raises the bound in <paramref name="commit"/>'s open batch; to be durable before the first use.</summary>
    public void ReserveLocked(GroupCommit commit)
    {
        _reserved = _next + Block;
        commit.OpenLocked().Settings[settingKey] = _reserved;
    }

    /// <summary>The next number; raises the bound if it comes near.</summary>
    public ulong NextLocked(GroupCommit commit)
    {
        if (_next + Ahead >= _reserved)
        {
            ReserveLocked(commit);
        }

        return _next++;
    }
}
