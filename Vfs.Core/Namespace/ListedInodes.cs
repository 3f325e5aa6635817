namespace Vfs.Core.Namespace;

/// <summary>
/// The objects behind a page of names, in the order of the names. Those that are not in memory are read by runs of
/// their numbers: what was made together is listed together, and looking for each row takes longer than reading it.
/// Lives in one hold of the namespace gate.
/// </summary>
internal ref struct ListedInodes(InodeTable inodes, DirectoryIndex names)
{
    // Numbers between two of a run that other directories have: read and not used.
    private const ulong GapMax = 4;

    private Dictionary<InodeId, Inode>? _run;

    /// <summary>
    /// The object of the name before <paramref name="position"/>, after which at most <paramref name="left"/> more will
    /// be asked for; null if it is gone.
    /// </summary>
    public Inode? FindLocked(InodeId id, int position, int left)
    {
        if (inodes.FindLocked(id) is { } inode)
        {
            return inode;
        }

        _run ??= [];
        if (!_run.TryGetValue(id, out inode))
        {
            _run.Clear();
            inodes.LoadLocked(id, EndOfRun(id, position, left), _run);
            inode = _run.GetValueOrDefault(id);
        }

        return inode;
    }

    private readonly InodeId EndOfRun(InodeId id, int position, int left)
    {
        var end = id;
        for (; left > 0 && names.TryNext(ref position, out var next, out _, out _); left--)
        {
            if (next.Value <= end.Value || next.Value - end.Value > GapMax)
            {
                break;
            }

            end = next;
        }

        return end;
    }
}
