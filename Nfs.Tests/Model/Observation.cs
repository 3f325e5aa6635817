using System.Text;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Model.Store;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>What a gateway shows of its names and attributes; contents are looked at when somebody uses them.</summary>
internal sealed class Observation
{
    private readonly SortedDictionary<string, Seen> _paths = new(StringComparer.Ordinal);

    public Observation(IFileSystem files)
    {
        Add(files, InodeId.Root, "");
        foreach (var seen in _paths.Values)
        {
            Attributes[seen.Attributes.Id] = seen.Attributes;
        }
    }

    /// <summary>Everything that has a name.</summary>
    public Dictionary<InodeId, Attributes> Attributes { get; } = [];

    /// <summary>
    /// Whether this is what a world has; if so, the world learns the numbers of objects whose making nobody was
    /// answered. Null if it is, else what is different.
    /// </summary>
    public string? CompareWith(World world)
    {
        var expected = world.Names().ToDictionary(x => x.Path, x => x.Node);
        var missing = expected.Keys.Except(_paths.Keys).Select(path => $"{path} is missing");
        var added = _paths.Keys.Except(expected.Keys).Select(path => $"{path} should not be there");
        if (missing.Concat(added).ToList() is { Count: > 0 } names)
        {
            return string.Join(", ", names);
        }

        foreach (var (path, seen) in _paths)
        {
            if (Compare(world, path, expected[path], seen) is { } difference)
            {
                return $"{path}: {difference}";
            }
        }

        return null;
    }

    private static string? Compare(World world, string path, Node node, Seen seen)
    {
        var (attributes, target) = seen;
        if (node.Id == 0 && world.Find(attributes.Id) is null)
        {
            node.Id = attributes.Id.Value;
        }

        var kind = attributes.Type switch
        {
            InodeType.Directory => NodeKind.Directory,
            InodeType.SymbolicLink => NodeKind.Symlink,
            _ => NodeKind.File,
        };
        var links = world.LinkCount(node);
        return node.Id != attributes.Id.Value ? $"inode {attributes.Id}, not {node.Id}"
            : kind != node.Kind ? $"{kind}, not {node.Kind}"
            : attributes.Mode != node.Mode ? $"mode {attributes.Mode}, not {node.Mode}"
            : attributes.LinkCount != links ? $"{attributes.LinkCount} names, not {links}"
            : target != node.Target ? $"target {target}, not {node.Target}"
            : node.IsFile && !IsSizePossible(node, (int)attributes.Size) ? $"{attributes.Size} bytes"
            : null;
    }

    private static bool IsSizePossible(Node node, int size) => node.States.Any(state =>
        state.Now.Length == size || (state.IsLoose && state.Past.Any(past => past.Length == size)));

    private void Add(IFileSystem files, InodeId directory, string path)
    {
        foreach (var entry in TreeText.List(files, directory, pageSize: 3))
        {
            var below = (path.Length == 0 ? "" : path + "/") + Encoding.UTF8.GetString(entry.Name.Span);
            if (below == StoreHistory.Theirs)
            {
                continue;
            }

            var attributes = entry.Attributes!.Value;
            var target = attributes.Type == InodeType.SymbolicLink
                ? Encoding.UTF8.GetString(files.ReadLink(entry.Id).Target.Span)
                : "";
            _paths.Add(below, new Seen(attributes, target));
            if (attributes.Type == InodeType.Directory)
            {
                Add(files, entry.Id, below);
            }
        }
    }

    private readonly record struct Seen(Attributes Attributes, string Target);
}
