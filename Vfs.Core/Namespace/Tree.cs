using Vfs.Core.Metadata;
using Vfs.Core.Sync;

namespace Vfs.Core.Namespace;

/// <summary>
/// The namespace: objects and names in memory, and what makes their changes durable and known to the synchronisation.
/// Members that end in Locked need <see cref="Gate"/>; a change is made with several of them in one hold of the gate,
/// and its reply waits for <see cref="GroupCommit.PendingLocked"/>.
/// </summary>
internal sealed class Tree(
    GroupCommit commit, MetadataReader reader, InodeTable inodes, SyncMarks marks, RequestLog requests,
    IdSequence inodeIds, IdSequence cookies, LocalNames localNames, TimeProvider clock)
{
    /// <summary>The namespace gate.</summary>
    public Lock Gate => Commit.Gate;

    public GroupCommit Commit { get; } = commit;

    public MetadataReader Reader { get; } = reader;

    public InodeTable Inodes { get; } = inodes;

    public SyncMarks Marks { get; } = marks;

    public RequestLog Requests { get; } = requests;

    /// <summary>The names that are kept here.</summary>
    public LocalNames LocalNames { get; } = localNames;

    public TimeProvider Clock { get; } = clock;

    /// <summary>Objects that exist, those on disk included.</summary>
    public long InodeCount { get; set; }

    public Timestamp Now => Timestamp.Now(Clock);

    /// <summary>A new object with one name yet to be added.</summary>
    public Inode NewInodeLocked(InodeType type)
    {
        var now = Now;
        var inode = new Inode(new InodeId(inodeIds.NextLocked(Commit)), type)
        {
            LinkCount = type == InodeType.Directory ? 2u : 1u,
            LocalLinkCount = 0,
            Atime = now,
            Mtime = now,
            Ctime = now,
        };
        if (type == InodeType.Directory)
        {
            inode.Entries = Inodes.NewNames();
            inode.Size = Inode.DirectorySize;
        }

        Inodes.AddLocked(inode);
        Commit.ChangeLocked(inode);
        InodeCount++;
        return inode;
    }

    /// <summary>
    /// Adds a name; link counts are the caller's. Not marked: the store has it already.
    /// </summary>
    public void AddNameLocked(
        Inode directory, ReadOnlySpan<byte> name, Inode inode, bool isSubtree = false, bool isMarked = true)
    {
        var cookie = cookies.NextLocked(Commit);
        directory.Entries!.Add(name, inode.Id, cookie);
        PointLocked(directory, name, inode, cookie);
        if (isMarked)
        {
            Marks.AddNameLocked(directory.Id, name, isSubtree);
        }
    }

    /// <summary>Points a name that exists at another object; its spelling and cookie stay.</summary>
    public void ReplaceNameLocked(Inode directory, ReadOnlySpan<byte> name, Inode inode, bool isSubtree)
    {
        var stored = directory.Entries!.Stored(name);
        CountLocalLocked(Inodes.GetLocked(directory.Entries.FindExact(stored)), stored, -1);
        directory.Entries.Replace(stored, inode.Id);
        PointLocked(directory, stored, inode, directory.Entries.CookieOf(stored));
        Marks.AddNameLocked(directory.Id, stored, isSubtree);
    }

    /// <summary>Takes a name away; link counts are the caller's. Not marked: the store has it no more.</summary>
    public void RemoveNameLocked(Inode directory, ReadOnlySpan<byte> name, bool isMarked = true)
    {
        var stored = directory.Entries!.Stored(name);
        CountLocalLocked(Inodes.GetLocked(directory.Entries.FindExact(stored)), stored, -1);
        directory.Entries.Remove(stored);
        Commit.OpenLocked().Dentries.Add(new DentryChange(directory.Id, stored, default, 0));
        if (isMarked)
        {
            Marks.AddNameLocked(directory.Id, stored, isSubtree: false);
        }
    }

    /// <summary>A non-directory lost one name; the object goes with the last. Not marked: the store did it.</summary>
    public void DropLinkLocked(Inode inode, Timestamp now, bool isMarked = true)
    {
        inode.LinkCount--;
        inode.TouchCtime(now);
        Commit.ChangeLocked(inode);
        if (inode.LinkCount == 0)
        {
            InodeCount--;
            Marks.ReleaseLocked(inode.Id);
        }
        else if (isMarked)
        {
            Marks.AddInodeLocked(inode.Id);
        }
    }

    /// <summary>An empty directory lost its name.</summary>
    public void DropDirectoryLocked(Inode directory)
    {
        directory.LinkCount = 0;
        Commit.ChangeLocked(directory);
        InodeCount--;
        Marks.ReleaseLocked(directory.Id);
    }

    /// <summary>
    /// Whether an object is kept here whatever happens to it: it has names, and all of them are kept. One name that is
    /// sent has all of the object sent.
    /// </summary>
    public bool IsLocalLocked(Inode inode) => LocalNames.IsAll
        || (LocalNames.HasPatterns && inode is { IsDirectory: false, IsRemoved: false }
            && LocalLinksLocked(inode) == inode.LinkCount);

    /// <summary>Attributes changed: durable with the open batch, and to be sent.</summary>
    public void ChangedLocked(Inode inode)
    {
        Commit.ChangeLocked(inode);
        Marks.AddInodeLocked(inode.Id);
    }

    /// <summary>The names of a directory changed: its times move.</summary>
    public void NamesChangedLocked(Inode directory, Timestamp now)
    {
        directory.TouchData(now);
        ChangedLocked(directory);
    }

    /// <summary>Whether a directory has no names; loads them if need be.</summary>
    public bool IsEmptyLocked(Inode directory) =>
        Inodes.GetDirectoryLocked(directory.Id, out var loaded) == VfsError.None && loaded.Entries!.Count == 0;

    /// <summary>Path of a directory from the root; null if it is gone. No leading slash; empty for the root.</summary>
    public byte[]? PathOfLocked(InodeId id)
    {
        var names = new List<byte[]>();
        while (id != InodeId.Root)
        {
            if (Inodes.GetLocked(id) is not { IsDirectory: true } directory)
            {
                return null;
            }

            names.Add(directory.Name);
            id = directory.Parent;
        }

        names.Reverse();
        return Paths.Join(names);
    }

    private void PointLocked(Inode directory, ReadOnlySpan<byte> name, Inode inode, ulong cookie)
    {
        var copy = name.ToArray();
        CountLocalLocked(inode, copy, 1);
        if (inode.IsDirectory)
        {
            inode.Parent = directory.Id;
            inode.Name = copy;
        }

        Commit.OpenLocked().Dentries.Add(new DentryChange(directory.Id, copy, inode.Id, cookie));
    }

    private void CountLocalLocked(Inode? inode, ReadOnlySpan<byte> name, int added)
    {
        if (LocalNames.HasPatterns && inode is { IsDirectory: false })
        {
            inode.LocalLinkCount = (uint)(LocalLinksLocked(inode) + (LocalNames.Keeps(name) ? added : 0));
        }
    }

    /// <summary>Who was not counted has not changed its names in memory, so that the database knows them all.</summary>
    private uint LocalLinksLocked(Inode inode) =>
        inode.LocalLinkCount ??= (uint)Reader.LoadNames(inode.Id).Count(link => LocalNames.Keeps(link.Name));
}
