using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>A file system in memory that calls are applied to: one of the states that the gateway may be in.</summary>
internal sealed class World
{
    private const uint FileMode = 0x1B4;
    private const uint DirectoryMode = 0x1C0;
    private const uint SymlinkMode = 0x1FF;
    private const uint SetGid = 0x400;

    // Calls that had their effect before a crash: sent again, they answer so and do nothing.
    private readonly HashSet<RequestKey> _done;

    public World()
        : this(new Node(NodeKind.Directory, 0) { Id = InodeId.Root.Value }, [])
    {
    }

    private World(Node root, HashSet<RequestKey> done) => (Root, _done) = (root, done);

    public Node Root { get; }

    public static uint ModeOfNew(Verb verb) => verb switch
    {
        Verb.MakeDirectory => DirectoryMode,
        Verb.Symlink => SymlinkMode,
        _ => FileMode,
    };

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
        var error = isRepeated ? VfsError.None : call.Verb switch
        {
            Verb.Create or Verb.MakeDirectory or Verb.Symlink => Make(call),
            Verb.Write or Verb.Resize or Verb.Commit or Verb.Read => Use(call),
            Verb.Rename => Rename(call),
            Verb.Remove or Verb.RemoveDirectory => Remove(call),
            Verb.Link => Link(call),
            _ => ChangeMode(call),
        };
        if (error == VfsError.None && call.Verb is not (Verb.Write or Verb.Commit or Verb.Read))
        {
            _done.Add(call.Key);
        }

        return call.Reply is not { } reply || (error == reply.Error
            && (call.Verb != Verb.Read || error != VfsError.None || IsRead(call, reply)));
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

    private static IEnumerable<(string Path, Node Node)> Names(Node directory, string path)
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

    private VfsError Make(Call call)
    {
        if (Find(call.Directory) is not { } parent)
        {
            return VfsError.Stale;
        }

        if (parent.Names.TryGetValue(call.Name, out var existing))
        {
            var isTaken = call.Verb == Verb.Create && existing.IsFile && !Client.IsGuarded(call.Operation);
            if (!isTaken)
            {
                return VfsError.Exist;
            }

            if (Client.IsEmptying(call.Operation))
            {
                existing.Change(state => state.Now.Length > 0 || state.IsLoose ? state.Resize(0) : state);
            }

            return call.Reply is { } found && found.Id != existing.Id ? VfsError.Stale : VfsError.None;
        }

        var kind = call.Verb switch
        {
            Verb.Create => NodeKind.File,
            Verb.Symlink => NodeKind.Symlink,
            _ => NodeKind.Directory,
        };
        parent.Names.Add(call.Name, new Node(
            kind, ModeOfNew(call.Verb) | (kind == NodeKind.Directory ? parent.Mode & SetGid : 0))
        {
            Target = kind == NodeKind.Symlink ? Client.Target(call.Operation) : "",
            Id = call.Reply?.Id ?? 0,
        });
        return VfsError.None;
    }

    private VfsError Use(Call call)
    {
        if (Find(call.Object) is not { } node)
        {
            return VfsError.Stale;
        }

        if (!node.IsFile)
        {
            return VfsError.Inval;
        }

        var operation = call.Operation;
        switch (call.Verb)
        {
            case Verb.Write:
                var bytes = call.Bytes();
                node.Change(state => state.Write(operation.Offset, bytes));
                if (call.Reply is not null && call.Stability != Stability.Unstable)
                {
                    node.Change(state => state.Settle());
                }

                break;
            case Verb.Resize:
                node.Change(state => state.Resize(operation.Count));
                break;
            case Verb.Commit when call.Reply is not null:
                node.Change(state => state.Settle());
                break;
        }

        return VfsError.None;
    }

    private bool IsRead(Call call, Reply reply) => Find(call.Object)!.States.Any(state =>
    {
        var start = Math.Min(call.Operation.Offset, state.Now.Length);
        var count = Math.Min(call.Operation.Count, state.Now.Length - start);
        return reply.Bytes.AsSpan().SequenceEqual(state.Now.AsSpan(start, count));
    });

    private VfsError Rename(Call call)
    {
        if (Find(call.Directory) is not { } from || Find(call.ToDirectory) is not { } to)
        {
            return VfsError.Stale;
        }

        if (!from.Names.TryGetValue(call.Name, out var moved))
        {
            return VfsError.NoEnt;
        }

        if (moved.IsDirectory && (moved == to || Names(moved, "").Any(x => x.Node == to)))
        {
            return VfsError.Inval;
        }

        var replaced = to.Names.GetValueOrDefault(call.ToName);
        if (replaced == moved)
        {
            return VfsError.None;
        }

        if (replaced is not null && moved.IsDirectory != replaced.IsDirectory)
        {
            return moved.IsDirectory ? VfsError.NotDir : VfsError.IsDir;
        }

        if (replaced is { Names.Count: > 0 })
        {
            return VfsError.NotEmpty;
        }

        from.Names.Remove(call.Name);
        to.Names[call.ToName] = moved;
        return VfsError.None;
    }

    private VfsError Remove(Call call)
    {
        if (Find(call.Directory) is not { } parent)
        {
            return VfsError.Stale;
        }

        if (!parent.Names.TryGetValue(call.Name, out var node))
        {
            return VfsError.NoEnt;
        }

        var wantsDirectory = call.Verb == Verb.RemoveDirectory;
        if (node.IsDirectory != wantsDirectory)
        {
            return wantsDirectory ? VfsError.NotDir : VfsError.IsDir;
        }

        if (node.Names.Count > 0)
        {
            return VfsError.NotEmpty;
        }

        parent.Names.Remove(call.Name);
        return VfsError.None;
    }

    private VfsError Link(Call call)
    {
        if (Find(call.Object) is not { } node || Find(call.ToDirectory) is not { } to)
        {
            return VfsError.Stale;
        }

        return to.Names.TryAdd(call.ToName, node) ? VfsError.None : VfsError.Exist;
    }

    private VfsError ChangeMode(Call call)
    {
        if (Find(call.Object) is not { } node)
        {
            return VfsError.Stale;
        }

        node.Mode = (uint)call.Operation.Count;
        return VfsError.None;
    }
}
