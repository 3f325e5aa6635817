using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>An export and the tree behind it.</summary>
/// <param name="Export">The terms.</param>
/// <param name="Files">The file system; several exports may share one.</param>
/// <param name="Root">The directory that a mount of the export's path gives.</param>
public sealed record ExportedTree(Export Export, IFileSystem Files, InodeId Root)
{
    /// <summary>All of a file system.</summary>
    public ExportedTree(Export export, IFileSystem files)
        : this(export, files, InodeId.Root)
    {
    }
}
