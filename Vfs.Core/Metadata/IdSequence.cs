namespace Vfs.Core.Metadata;

/// <summary>
/// Numbers that are never given twice, restarts included: the database holds an upper bound of what was given, raised
/// in blocks in the same batch as the first use of a block. Guarded by the namespace gate.
/// </summary>
internal sealed class IdSequence(string settingKey, ulong first)
{
    private const ulong Block = 65_536;

    private ulong _next = first;
    private ulong _reserved = first;

    /// <summary>The next number; raises the bound in <paramref name="commit"/>'s open batch if need be.</summary>
    public ulong NextLocked(GroupCommit commit)
    {
        if (_next >= _reserved)
        {
            _reserved = _next + Block;
            commit.OpenLocked().Settings[settingKey] = _reserved;
        }

        return _next++;
    }
}
