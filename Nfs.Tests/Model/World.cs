using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>A file system in memory that calls are applied to: one of the states that the gateway may be in.</summary>
internal sealed class World
{
    // Calls that had their effect before a crash: sent again, they answer so and do nothing, whatever became of what
    // they name.
    private readonly HashSet<RequestKey> _done;

    public World()
        : this(new Node(NodeKind.Directory, 0) { Id = InodeId.Root.Value }, [])
    {
    }

    private World(Node root, HashSet<RequestKey> done) => (Root, _done) = (root, done);

    public Node Root { get; }

    /// <summary>Every name below a directory that has a path.</summary>
    public static IEnumerable<(string Path, Node Node)> Names(Node directory, string path)
    {
        foreach (var (name, node) in directory.Names)
        {
            var below = path.Length == 0 ? name : $"{path}/{name}";
            yield return (below, node);
            foreach (var deeper in Names(node, below))
            {
                yield return deeper;
            }
        }
    }

    public World Clone()
    {
        var copies = new Dictionary<Node, Node>();
        return new World(Copy(Root, copies), [.. _done]);
    }

    /// <summary>Every object once, with one of its paths.</summary>
    public IEnumerable<(string Path, Node Node)> All() =>
        Names(Root, "").DistinctBy(x => x.Node).Prepend(("", Root));

    /// <summary>Every name.</summary>
    public IEnumerable<(string Path, Node Node)> Names() => Names(Root, "");

    public Node? Find(string path) => Names().FirstOrDefault(x => x.Path == path).Node;

    public Node? Find(InodeId id) => All().FirstOrDefault(x => x.Node.Id == id.Value).Node;

    public int LinkCount(Node node) => node.IsDirectory
        ? 2 + node.Names.Values.Count(n => n.IsDirectory)
        : Names().Count(x => x.Node == node);

    /// <summary>A crash: what was not durable may be gone.</summary>
    public void Crash()
    {
        foreach (var (_, node) in All())
        {
            node.Change(state => state.Crash());
        }
    }

    public void ForgetCalls() => _done.Clear();

    /// <summary>Applies a call; false if its reply, if there is one, is not what this world would say.</summary>
    public bool Apply(Call call)
    {
        var isRepeated = _done.Contains(call.Key);
        var error = isRepeated ? VfsError.None : Rules.Apply(this, call);
        if (error == VfsError.None && call.Verb is not (Verb.Write or Verb.Commit or Verb.Read))
        {
            _done.Add(call.Key);
        }

        return call.Reply is not { } reply || (error == reply.Error
            && (call.Verb != Verb.Read || error != VfsError.None || Rules.IsRead(this, call, reply)));
    }

    /// <summary>Takes what another world with the same names holds for possible too.</summary>
    public void Merge(World other)
    {
        foreach (var (_, node) in All())
        {
            node.Merge(other.Find(new InodeId(node.Id))!);
        }
    }

    private static Node Copy(Node node, Dictionary<Node, Node> copies)
    {
        if (!copies.TryGetValue(node, out var copy))
        {
            copy = new Node(node.Kind, node.Mode) { Id = node.Id, Target = node.Target, States = node.States };
            copies.Add(node, copy);
            foreach (var (name, child) in node.Names)
            {
                copy.Names.Add(name, Copy(child, copies));
            }
        }

        return copy;
    }
}
