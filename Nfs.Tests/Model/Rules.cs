using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>What calls do to a file system, and what they answer.</summary>
internal static class Rules
{
    private const uint FileMode = 0x1B4;
    private const uint DirectoryMode = 0x1C0;
    private const uint SymlinkMode = 0x1FF;
    private const uint SetGid = 0x400;

    public static uint ModeOfNew(Verb verb) => verb switch
    {
        Verb.MakeDirectory => DirectoryMode,
        Verb.Symlink => SymlinkMode,
        _ => FileMode,
    };

    /// <summary>Does what a call asks for, if it can be done; what it is answered.</summary>
    public static VfsError Apply(World world, Call call) => call.Verb switch
    {
        Verb.Create or Verb.MakeDirectory or Verb.Symlink => Make(world, call),
        Verb.Write or Verb.Resize or Verb.Commit or Verb.Read => Use(world, call),
        Verb.Rename => Rename(world, call),
        Verb.Remove or Verb.RemoveDirectory => Remove(world, call),
        Verb.Link => Link(world, call),
        _ => ChangeMode(world, call),
    };

    /// <summary>Whether a reply has what a file of the world may hold.</summary>
    public static bool IsRead(World world, Call call, Reply reply) => world.Find(call.Object)!.States.Any(state =>
    {
        var start = Math.Min(call.Operation.Offset, state.Now.Length);
        var count = Math.Min(call.Operation.Count, state.Now.Length - start);
        return reply.Bytes.AsSpan().SequenceEqual(state.Now.AsSpan(start, count));
    });

    private static VfsError Make(World world, Call call)
    {
        if (world.Find(call.Directory) is not { } parent)
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

    private static VfsError Use(World world, Call call)
    {
        if (world.Find(call.Object) is not { } node)
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

    private static VfsError Rename(World world, Call call)
    {
        if (world.Find(call.Directory) is not { } from || world.Find(call.ToDirectory) is not { } to)
        {
            return VfsError.Stale;
        }

        if (!from.Names.TryGetValue(call.Name, out var moved))
        {
            return VfsError.NoEnt;
        }

        if (moved.IsDirectory && (moved == to || World.Names(moved, "").Any(x => x.Node == to)))
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

    private static VfsError Remove(World world, Call call)
    {
        if (world.Find(call.Directory) is not { } parent)
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

    private static VfsError Link(World world, Call call)
    {
        if (world.Find(call.Object) is not { } node || world.Find(call.ToDirectory) is not { } to)
        {
            return VfsError.Stale;
        }

        return to.Names.TryAdd(call.ToName, node) ? VfsError.None : VfsError.Exist;
    }

    private static VfsError ChangeMode(World world, Call call)
    {
        if (world.Find(call.Object) is not { } node)
        {
            return VfsError.Stale;
        }

        node.Mode = (uint)call.Operation.Count;
        return VfsError.None;
    }
}
