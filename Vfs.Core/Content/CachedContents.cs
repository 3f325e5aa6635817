using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Content;

/// <summary>What of files is in the cache when a gateway starts.</summary>
internal static class CachedContents
{
    /// <summary>
    /// Counts it in one pass: there may be a million files. Returns those with durable dirty ranges.
    /// </summary>
    public static IReadOnlyCollection<InodeId> Count(MetadataReader reader, Tree tree, CacheUsage usage)
    {
        var dirty = new HashSet<InodeId>();
        var names = tree.LocalNames;
        reader.Query("SELECT inode,covered,length(dirty)>0 FROM content", row =>
        {
            // A row with dirty ranges covers nothing else.
            var isDirty = row.Long(2) != 0;
            usage.Set(row.Inode(0), row.ULong(1), isDirty ? row.ULong(1) : 0, names.IsAll);
            if (isDirty)
            {
                dirty.Add(row.Inode(0));
            }
        });
        var counted = new HashSet<InodeId>(names.HasPatterns ? dirty : []);
        reader.Query("SELECT DISTINCT inode FROM content_log", row => counted.Add(row.Inode(0)));
        dirty.UnionWith(counted);
        foreach (var id in counted)
        {
            CountDirty(reader, tree, usage, id);
        }

        return dirty;
    }

    private static void CountDirty(MetadataReader reader, Tree tree, CacheUsage usage, InodeId id)
    {
        try
        {
            if (reader.LoadContent(id) is { } stored)
            {
                usage.Set(id, stored.Dirty.TotalBytes, stored.Dirty.TotalBytes, IsLocal(tree, id));
            }
        }
        catch (InvalidDataException)
        {
            // A damaged row holds up its file alone: who flushes or reads it says so.
        }
    }

    private static bool IsLocal(Tree tree, InodeId id)
    {
        if (!tree.LocalNames.HasPatterns)
        {
            return tree.LocalNames.IsAll;
        }

        lock (tree.Gate)
        {
            return tree.Inodes.GetLocked(id) is { } inode && tree.IsLocalLocked(inode);
        }
    }
}
