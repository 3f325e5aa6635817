using System.Globalization;
using System.Text;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>What a client does: finds handles for paths, and calls the file system with them.</summary>
internal static class Client
{
    public static bool IsGuarded(Operation create) => (create.Choice & 1) != 0;

    public static bool IsEmptying(Operation create) => (create.Choice & 2) != 0;

    public static string Target(Operation symlink) => symlink.Choice.ToString(CultureInfo.InvariantCulture);

    /// <summary>The call with its handles; null if what it names is not there for it to begin.</summary>
    public static Call? Prepare(Operation operation, World world, RequestKey key)
    {
        var (directory, name) = Place(world, operation.At);
        var (toDirectory, toName) = Place(world, operation.To);
        var node = world.Find(operation.At);
        var call = new Call(operation, key)
        {
            Directory = directory,
            Name = name,
            Object = new InodeId(node?.Id ?? 0),
            ToDirectory = toDirectory,
            ToName = toName,
        };
        return operation.Verb switch
        {
            Verb.Write or Verb.Resize or Verb.Commit or Verb.Read => node is { IsFile: true } ? call : null,
            Verb.ChangeMode => node is null ? null : call,
            Verb.Link => node is { IsFile: true } && toDirectory != default ? call : null,
            Verb.Rename => directory != default && toDirectory != default ? call : null,
            _ => directory != default ? call : null,
        };
    }

    public static async Task<Reply> RunAsync(IFileSystem files, Call call)
    {
        var caller = Caller.Root with { Request = call.Key };
        var operation = call.Operation;
        switch (call.Verb)
        {
            case Verb.Write:
                var written = await files.WriteAsync(
                    caller, call.Object, (ulong)operation.Offset, call.Bytes(), call.Stability, default);
                return new Reply(written.Error) { Verifier = written.Verifier };
            case Verb.Commit:
                var committed = await files.CommitAsync(call.Object, 0, 0, default);
                return new Reply(committed.Error) { Verifier = committed.Verifier };
            case Verb.Read:
                return await ReadAsync(files, call.Object, operation.Offset, operation.Count);
            case Verb.Resize or Verb.ChangeMode:
                var changes = call.Verb == Verb.Resize
                    ? new AttributeChanges { Size = (ulong)operation.Count }
                    : new AttributeChanges { Mode = (uint)operation.Count };
                return new Reply((await files.SetAttributesAsync(caller, call.Object, changes, null, default)).Error);
            default:
                return await ChangeNamesAsync(files, caller, call);
        }
    }

    public static async Task<Reply> ReadAsync(IFileSystem files, InodeId id, int offset, int count)
    {
        var read = await files.ReadAsync(Caller.Root, id, (ulong)offset, count, default);
        using (read.Data)
        {
            return new Reply(read.Error) { Bytes = read.Data?.Memory[..read.Count].ToArray() ?? [] };
        }
    }

    private static async Task<Reply> ChangeNamesAsync(IFileSystem files, Caller caller, Call call)
    {
        var name = FileName.From(call.Name);
        switch (call.Verb)
        {
            case Verb.Rename:
                return new Reply((await files.RenameAsync(
                    caller, call.Directory, name, call.ToDirectory, FileName.From(call.ToName), default)).Error);
            case Verb.Link:
                return new Reply((await files.LinkAsync(
                    caller, call.Object, call.ToDirectory, FileName.From(call.ToName), default)).Error);
            case Verb.Remove:
                return new Reply((await files.RemoveAsync(caller, call.Directory, name, default)).Error);
            case Verb.RemoveDirectory:
                return new Reply((await files.RemoveDirectoryAsync(caller, call.Directory, name, default)).Error);
        }

        // As clients do: they look for a name before they make it.
        if (files.Lookup(caller, call.Directory, name).Error == VfsError.NoEnt)
        {
            await files.FindElsewhereAsync(call.Directory, name);
        }

        var initial = new AttributeChanges
        {
            Mode = call.Verb == Verb.Symlink ? null : Rules.ModeOfNew(call.Verb),
            Size = call.Verb == Verb.Create && IsEmptying(call.Operation) ? 0UL : null,
        };
        var made = call.Verb switch
        {
            Verb.Create => await files.CreateAsync(
                caller, call.Directory, name, IsGuarded(call.Operation) ? CreateMode.Guarded : CreateMode.Unchecked,
                initial, 0, default),
            Verb.MakeDirectory => await files.MakeDirectoryAsync(caller, call.Directory, name, initial, default),
            _ => await files.MakeSymlinkAsync(
                caller, call.Directory, name, Encoding.UTF8.GetBytes(Target(call.Operation)), initial, default),
        };
        return new Reply(made.Error) { Id = made.Object?.Id.Value ?? 0 };
    }

    private static (InodeId Directory, string Name) Place(World world, string path)
    {
        var slash = path.LastIndexOf('/');
        var directory = slash < 0 ? world.Root : world.Find(path[..slash]);
        return directory is { IsDirectory: true } && path.Length > 0
            ? (new InodeId(directory.Id), path[(slash + 1)..])
            : (default, path[(slash + 1)..]);
    }
}
