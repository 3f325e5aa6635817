namespace Vfs.Core;

/// <summary>
/// Who asks, after squashing: the identity that permissions are checked against. Root (uid 0) passes all checks
/// but EXECUTE of a file without any x bit.
/// </summary>
/// <param name="Uid">User.</param>
/// <param name="Gid">Group; new objects get it unless their directory is setgid.</param>
/// <param name="Groups">Supplementary groups.</param>
public sealed record Caller(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    /// <summary>Root.</summary>
    public static Caller Root { get; } = new(0, 0, []);

    /// <summary>
    /// Names the request across restarts, for operations that must not run twice (RFC 1813 section 4.5): the outcome
    /// of a name-changing operation is stored with it in one transaction, and the same key is answered from the
    /// record. Null: not recorded.
    /// </summary>
    public RequestKey? Request { get; init; }

    /// <summary>Whether uid 0.</summary>
    public bool IsRoot => Uid == 0;

    /// <summary>Whether <paramref name="gid"/> is one of the caller's groups.</summary>
    public bool IsInGroup(uint gid)
    {
        if (gid == Gid)
        {
            return true;
        }

        // An index loop: this runs for every permission check, and an enumerator would be allocated.
        for (var i = 0; i < Groups.Count; i++)
        {
            if (Groups[i] == gid)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A digest of who sent a request, its transaction id, its procedure and its arguments.</summary>
/// <param name="High">First eight bytes.</param>
/// <param name="Low">Last eight bytes.</param>
public readonly record struct RequestKey(ulong High, ulong Low);
