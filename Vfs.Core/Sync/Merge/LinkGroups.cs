using Cas.Client;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// Which file here the names with one link number of the store's tree are. Filled while a tree is gone through; a file
/// belongs to one number. Guarded by the namespace gate.
/// </summary>
internal sealed class LinkGroups
{
    private readonly Dictionary<ulong, (InodeId File, TreeEntry Entry)> _files = [];
    private readonly Dictionary<InodeId, ulong> _numbers = [];

    /// <summary>Whether an entry is one of several names of a file.</summary>
    public static bool IsLinked(TreeEntry entry) => entry.LinkId != 0 && entry.Kind != TreeEntryKind.Directory;

    /// <summary>
    /// The file that an entry is another name of; the default if none is known. Names of one file have one kind and one
    /// content: whatever else the store says, no bytes are dropped for it.
    /// </summary>
    public InodeId Find(TreeEntry entry) =>
        IsLinked(entry) && _files.TryGetValue(entry.LinkId, out var found)
            && TreeEntryMap.HasSameContent(found.Entry, entry)
            ? found.File
            : default;

    /// <summary>
    /// Notes that a file is what an entry with a link number is; false if it or the number belongs elsewhere.
    /// </summary>
    public bool TryClaim(TreeEntry entry, InodeId file)
    {
        if (_files.TryGetValue(entry.LinkId, out var claimed))
        {
            return claimed.File == file && TreeEntryMap.HasSameContent(claimed.Entry, entry);
        }

        if (!_numbers.TryAdd(file, entry.LinkId))
        {
            return false;
        }

        _files.Add(entry.LinkId, (file, entry));
        return true;
    }
}
