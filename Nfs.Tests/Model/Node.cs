namespace Nfs.Tests.Model;

internal enum NodeKind
{
    File,
    Directory,
    Symlink,
}

/// <summary>An object of the reference: what a file system in memory would hold.</summary>
internal sealed class Node(NodeKind kind, uint mode)
{
    public NodeKind Kind => kind;

    public uint Mode { get; set; } = mode;

    /// <summary>Its inode number; 0 until a reply or a look at the gateway told it.</summary>
    public ulong Id { get; set; }

    /// <summary>Symbolic links: what they say.</summary>
    public string Target { get; init; } = "";

    /// <summary>Directories: names.</summary>
    public SortedDictionary<string, Node> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Files: what it may be; more than one, or a loose one, until somebody reads it.</summary>
    public IReadOnlyList<FileState> States { get; set; } = [FileState.Empty];

    public bool IsFile => kind == NodeKind.File;

    public bool IsDirectory => kind == NodeKind.Directory;

    /// <summary>Files: whether one content is known to be what clients see.</summary>
    public bool IsKnown => States.Count == 1 && !States[0].IsLoose;

    public void Change(Func<FileState, FileState> change) => States = [.. States.Select(change)];

    /// <summary>Takes what was found for what is; why it cannot be, or null.</summary>
    public string? Find(byte[] found)
    {
        var possible = States.Where(state => state.Allows(found)).ToList();
        if (possible.Count == 0)
        {
            return string.Join("; or ", States.Select(state => state.Explain(found)).Distinct());
        }

        // What a crash left is durable; what runs beside each other may be so or not.
        States = [new FileState(found, [.. possible.SelectMany(state => state.Find(found).Past)], false)];
        return null;
    }

    public void Merge(Node other)
    {
        var states = States.ToList();
        foreach (var state in other.States)
        {
            var same = states.FindIndex(s => (s.IsLoose, s.IsLost) == (state.IsLoose, state.IsLost)
                && s.Now.AsSpan().SequenceEqual(state.Now));
            if (same < 0)
            {
                states.Add(state);
            }
            else
            {
                var known = states[same].Past;
                states[same] = states[same] with
                {
                    Past = [.. known, .. state.Past.Where(p => !known.Any(k => k.AsSpan().SequenceEqual(p)))],
                };
            }
        }

        States = states;
    }
}
