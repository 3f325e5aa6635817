using Nfs.Server.Exports;

namespace Nfs.Server.Mount3;

/// <summary>Which export a path of MNT lies in: the one with the longest path that the path begins with.</summary>
internal sealed class MountTargets(ExportTable exports)
{
    private readonly (ServedExport Export, List<ReadOnlyMemory<byte>> Root)[] _exports =
        [.. exports.All.Select(export => (export, MountPath.Split(export.Path)))];

    /// <summary>The export, or null. A secret in front of the export's path belongs to neither.</summary>
    public MountTarget? Find(List<ReadOnlyMemory<byte>> path)
    {
        MountTarget? found = null;
        var longest = -1;
        foreach (var (export, root) in _exports)
        {
            var isOpened = IsOpenedBy(path, export);
            var start = isOpened ? 1 : 0;
            if (root.Count > longest && MountPath.IsIn(path, start, root))
            {
                found = new MountTarget(export, start + root.Count, isOpened || export.Rules.Secret is null);
                longest = root.Count;
            }
        }

        return found;
    }

    /// <summary>A path as others may see it: without the secret that opens an export.</summary>
    public byte[] WithoutSecret(ReadOnlyMemory<byte> path)
    {
        var components = MountPath.Split(path);
        return Array.Exists(_exports, entry => IsOpenedBy(components, entry.Export))
            ? MountPath.Join(components.Skip(1))
            : path.ToArray();
    }

    private static bool IsOpenedBy(List<ReadOnlyMemory<byte>> path, ServedExport export) =>
        path.Count > 0 && export.Rules.Secret is { } secret && secret.IsGiven(path[0].Span);
}

/// <summary>Where a path of MNT leads.</summary>
/// <param name="Export">The export.</param>
/// <param name="Depth">How many components of the path name the export; the others are names in it.</param>
/// <param name="IsOpened">Whether the path has the secret that the export wants, if it wants one.</param>
internal readonly record struct MountTarget(ServedExport Export, int Depth, bool IsOpened);
