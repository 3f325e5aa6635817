namespace Nfs.Server.Exports;

/// <summary>What a server exports. Immutable; found by the id that handles carry, without allocating.</summary>
internal sealed class ExportTable
{
    /// <summary>Largest id; the table is an array with a place for each.</summary>
    public const uint IdMax = ushort.MaxValue;

    private readonly ServedExport?[] _byId;

    /// <exception cref="ArgumentException">No exports, or ids, file system ids or paths that make no sense.</exception>
    public ExportTable(IReadOnlyList<ExportedTree> trees)
    {
        if (trees.Count == 0 || trees.Any(tree => !IsSound(tree.Export)))
        {
            throw new ArgumentException(
                "an export has a path from the root, an id and an fsid other than 0", nameof(trees));
        }

        All = [.. trees.Select((tree, index) => new ServedExport(tree, index))];
        _byId = new ServedExport?[trees.Max(tree => tree.Export.Id) + 1];
        foreach (var export in All)
        {
            if (_byId[export.Rules.Id] is not null)
            {
                throw new ArgumentException("two exports have one id", nameof(trees));
            }

            _byId[export.Rules.Id] = export;
        }
    }

    public IReadOnlyList<ServedExport> All { get; }

    /// <summary>The export of an id; null if there is none any more.</summary>
    public ServedExport? Find(uint id) => id < (uint)_byId.Length ? _byId[id] : null;

    private static bool IsSound(Export export) =>
        export.Id is > 0 and <= IdMax && export.Fsid != 0 && export.Path.StartsWith('/');
}
