using Cas.Client;
using Vfs.Core.Namespace;

namespace Vfs.Core.Metadata;

/// <summary>A name to write or, without an inode, to delete.</summary>
internal readonly record struct DentryChange(InodeId Directory, byte[] Name, InodeId Inode, ulong Cookie);

/// <summary>The content row of one file: what is durable of it.</summary>
/// <param name="Inode">The file.</param>
/// <param name="Size">Bytes that clients see.</param>
/// <param name="Base">What the store has.</param>
/// <param name="Epoch">Names the staging file.</param>
/// <param name="IsTrusted">Whether <paramref name="Coverage"/> may be believed after a crash.</param>
/// <param name="HeldBytes">What the cache counts for it.</param>
/// <param name="Coverage">Encoded ranges that the staging file holds.</param>
/// <param name="Dirty">Encoded ranges that are newer than the base.</param>
internal sealed record ContentRow(
    InodeId Inode, ulong Size, ContentId Base, ulong Epoch, bool IsTrusted, ulong HeldBytes, byte[] Coverage,
    byte[] Dirty);

/// <summary>Ranges that became durable and dirty, appended to the log of a content row; with the new size.</summary>
internal sealed record ContentAppend(InodeId Inode, ulong Size, IReadOnlyList<Ranges.ByteRange> Dirty,
    long FirstSequence);

/// <summary>A path of the store's tree as last seen or committed; a null entry forgets it.</summary>
internal sealed record RemoteChange(byte[] Path, TreeVersion Version, byte[]? Entry, bool KeepsNotes = false);

/// <summary>An entry that is about to be committed to the store's tree.</summary>
internal sealed record SendingChange(byte[] Path, byte[] Entry);

/// <summary>A mark to set or clear: a name, or (with an empty name) an inode.</summary>
internal readonly record struct MarkChange(InodeId Inode, byte[]? Name, bool IsSubtree, bool IsSet);

/// <summary>A call whose change is in the same batch, and what it was answered.</summary>
internal sealed record RequestRow(RequestKey Key, Timestamp Time, RequestOutcome Outcome);

/// <summary>The columns of one inode at the moment at which its batch was closed.</summary>
internal readonly record struct InodeRow(
    InodeId Id, InodeType Type, uint Mode, uint Uid, uint Gid, uint LinkCount, uint Major, uint Minor, Timestamp Atime,
    Timestamp Mtime, Timestamp Ctime, InodeId Parent, byte[] Name, byte[] Target, ulong? Verifier)
{
    public static InodeRow Of(Inode inode) => new(
        inode.Id, inode.Type, inode.Mode, inode.Uid, inode.Gid, inode.LinkCount, inode.DeviceMajor, inode.DeviceMinor,
        inode.Atime, inode.Mtime, inode.Ctime, inode.Parent, inode.Name, inode.Target, inode.CreateVerifier);
}
