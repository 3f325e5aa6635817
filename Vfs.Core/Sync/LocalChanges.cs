using Cas.Client;
using Microsoft.Data.Sqlite;
using Vfs.Core.Content;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// Marks about what is kept here: by its name, or because the whole tree is an overlay. Nothing is sent for them. While
/// what they name differs from the store they are held, and say that the difference is meant; then they go.
/// </summary>
internal sealed class LocalChanges(Tree tree, ContentTable contents, TreeComparison comparison)
{
    /// <summary>Whether nothing that a mark names is the store's business.</summary>
    public bool IsAllLocal(Mark mark)
    {
        if (!tree.LocalNames.HasPatterns || mark.Name is not null)
        {
            return tree.LocalNames.IsAll;
        }

        lock (tree.Gate)
        {
            return tree.Inodes.GetLocked(mark.Inode) is { } inode && tree.IsLocalLocked(inode);
        }
    }

    /// <summary>Whether a mark names something that is kept here under this name, if it is not a directory.</summary>
    public bool IsLocalName(Mark mark) => mark.Name is { } name && tree.LocalNames.Keeps(name);

    /// <summary>A file's names may have changed: those who count what is not sent yet hear whether it is kept here.</summary>
    public void Note(Inode? file)
    {
        if (file is not null && tree.LocalNames.HasPatterns)
        {
            contents.NoteLocal(file);
        }
    }

    /// <summary>
    /// Whether what is kept here and named by a mark differs from what the store is known to hold. What cannot be read
    /// is taken to.
    /// </summary>
    public bool MustHold(Mark mark)
    {
        try
        {
            return (IsAllLocal(mark) || IsLocalName(mark))
                && comparison.NamesOf(mark).Any(link => Differs(mark, link.Directory, link.Name));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SqliteException)
        {
            return true;
        }
    }

    private bool Differs(Mark mark, InodeId directory, byte[] name)
    {
        if (comparison.Look(directory, name) is not { } found)
        {
            return false;
        }

        var isOverlay = tree.LocalNames.IsAll;
        if (found.Inode is not { } inode)
        {
            return isOverlay ? IsKnownAtOrBelow(found.Path) : IsKnownFile(found.Path);
        }

        if (inode.IsDirectory && !isOverlay)
        {
            return false;
        }

        // What lies below a directory that was moved has no marks of its own.
        return mark.IsSubtree || (inode.Type == InodeType.Regular && contents.Peek(inode.Id).IsDirty)
            || comparison.ChangeFor(found.Path, inode, contents.BaseOf(inode)) is not null;
    }

    private bool IsKnownAtOrBelow(byte[] path)
    {
        var (after, before) = Paths.Below(path);
        return tree.Reader.LoadRemote(path) is not null || tree.Reader.LoadRemoteBetween(after, before, 1).Count > 0;
    }

    private bool IsKnownFile(byte[] path) =>
        tree.Reader.LoadRemote(path) is { } known && TreeEntryMap.KindOf(known.Entry) != TreeEntryKind.Directory;
}
