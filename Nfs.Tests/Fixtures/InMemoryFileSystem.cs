using System.Buffers;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// An honest file system in memory for tests of the wire side. One lock, everything completes at once. Permissions are
/// checked only where a test of the wire needs them: search and write of directories, read and write of files.
/// <para>Two hooks let a test decide when a call ends and what it ends with: <see cref="BeforeMutation"/> is awaited by
/// every changing call, <see cref="NextError"/> is what the next call answers.</para>
/// </summary>
internal sealed class InMemoryFileSystem : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InodeId, InMemoryNode> _nodes = [];
    private ulong _nextId = 2;
    private long _now = 1_700_000_000_000_000_000;

    public InMemoryFileSystem()
    {
        var root = Make(InodeType.Directory, InodeId.Root, Caller.Root, 0x1FF, InodeId.Root);
        root.Attributes = root.Attributes with { LinkCount = 2 };
    }

    public ulong WriteVerifier { get; } = 0x1122334455667788;

    public Func<Task>? BeforeMutation { get; set; }

    /// <summary>Awaited by READ before it looks.</summary>
    public Func<CancellationToken, Task>? BeforeRead { get; set; }

    public VfsError NextError { get; set; }

    /// <summary>The last caller of a changing operation.</summary>
    public Caller? LastCaller { get; private set; }

    public int Mutations { get; private set; }

    /// <summary>File bytes that were given to a reply and not given back.</summary>
    public int BytesOnLoan => Volatile.Read(ref _loans);

    private int _loans;

    public VfsResult<Attributes> GetAttributes(InodeId id)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue(id, out var node) ? node.Attributes : VfsError.Stale;
        }
    }

    public ValueTask<ChangeResult> SetAttributesAsync(
        Caller caller, InodeId id, AttributeChanges changes, Timestamp? guard, CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
        {
            if (!_nodes.TryGetValue(id, out var node))
            {
                return new ChangeResult(VfsError.Stale, default);
            }

            var before = node.Attributes;
            var error = Apply(node, changes, guard);
            return new ChangeResult(error, new WccData(before.Wcc, node.Attributes));
        });

    public LookupResult Lookup(Caller caller, InodeId directory, FileName name)
    {
        lock (_gate)
        {
            var error = Open(caller, directory, 1, out var node);
            if (error != VfsError.None)
            {
                return new LookupResult(error, null, node?.Attributes);
            }

            var found = name.IsDot ? node!.Attributes.Id : name.IsDotDot ? node!.Parent : default;
            return found.Value != 0 || node!.TryFind(name, out found)
                ? new LookupResult(VfsError.None, _nodes[found].Attributes, node!.Attributes)
                : new LookupResult(VfsError.NoEnt, null, node.Attributes);
        }
    }

    public ValueTask<bool> FindElsewhereAsync(InodeId directory, FileName name) => new(false);

    public AccessResult CheckAccess(Caller caller, InodeId id, AccessBits asked)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(id, out var node))
            {
                return new AccessResult(VfsError.Stale, AccessBits.None, null);
            }

            var never = node.IsDirectory ? AccessBits.Execute : AccessBits.Lookup | AccessBits.Delete;
            return new AccessResult(VfsError.None, asked & ~never, node.Attributes);
        }
    }

    public ReadLinkResult ReadLink(InodeId id)
    {
        lock (_gate)
        {
            return !_nodes.TryGetValue(id, out var node) ? new ReadLinkResult(VfsError.Stale, default, null)
                : node.Attributes.Type != InodeType.SymbolicLink
                    ? new ReadLinkResult(VfsError.Inval, default, node.Attributes)
                    : new ReadLinkResult(VfsError.None, node.Data, node.Attributes);
        }
    }

    public async ValueTask<ReadResult> ReadAsync(
        Caller caller, InodeId id, ulong offset, int count, CancellationToken cancellationToken)
    {
        if (BeforeRead is not null)
        {
            await BeforeRead(cancellationToken);
        }

        lock (_gate)
        {
            var error = TakeError();
            if (!_nodes.TryGetValue(id, out var node) || error != VfsError.None)
            {
                error = error == VfsError.None ? VfsError.Stale : error;
                return new ReadResult(error, null, 0, false, node?.Attributes);
            }

            if (node.Attributes.Type != InodeType.Regular)
            {
                return new ReadResult(VfsError.Inval, null, 0, false, node.Attributes);
            }

            var size = node.Attributes.Size;
            var length = offset >= size ? 0 : (int)Math.Min((ulong)count, size - offset);
            var data = length == 0 ? null : Lend(node.Data.AsMemory((int)offset, length));
            return new ReadResult(VfsError.None, data, length, offset >= size || offset + (ulong)length >= size,
                node.Attributes);
        }
    }

    public ValueTask<WriteResult> WriteAsync(
        Caller caller, InodeId id, ulong offset, ReadOnlyMemory<byte> data, Stability stability,
        CancellationToken cancellationToken) =>
        ChangeAsync(caller, () => Write(caller, id, (long)offset, data, stability));

    public ValueTask<CommitResult> CommitAsync(
        InodeId id, ulong offset, uint count, CancellationToken cancellationToken) =>
        ChangeAsync(null, () => !_nodes.TryGetValue(id, out var node)
            ? new CommitResult(VfsError.Stale, 0, default)
            : new CommitResult(
                node.Attributes.Type == InodeType.Regular ? VfsError.None : VfsError.Inval,
                WriteVerifier,
                new WccData(node.Attributes.Wcc, node.Attributes)));

    public ValueTask<CreateResult> CreateAsync(
        Caller caller, InodeId directory, FileName name, CreateMode mode, AttributeChanges initial, ulong verifier,
        CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
        {
            if (Open(caller, directory, 1, out var parent) == VfsError.None && parent!.TryFind(name, out var existing))
            {
                var node = _nodes[existing];
                var isTaken = node.Attributes.Type == InodeType.Regular &&
                    (mode == CreateMode.Unchecked ||
                    (mode == CreateMode.Exclusive && node.CreateVerifier == verifier));
                if (isTaken && initial.Size is { } size)
                {
                    Apply(node, new AttributeChanges { Size = size }, null);
                }

                return new CreateResult(
                    isTaken ? VfsError.None : VfsError.Exist,
                    isTaken ? node.Attributes : null,
                    new WccData(parent.Attributes.Wcc, parent.Attributes));
            }

            return MakeIn(caller, directory, name, InodeType.Regular, initial, [], verifier);
        });

    public ValueTask<CreateResult> MakeDirectoryAsync(
        Caller caller, InodeId directory, FileName name, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        ChangeAsync(caller, () => MakeIn(caller, directory, name, InodeType.Directory, initial, [], null));

    public ValueTask<CreateResult> MakeSymlinkAsync(
        Caller caller, InodeId directory, FileName name, ReadOnlyMemory<byte> target, AttributeChanges initial,
        CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
            MakeIn(caller, directory, name, InodeType.SymbolicLink, initial, target.ToArray(), null));

    public ValueTask<CreateResult> MakeNodeAsync(
        Caller caller, InodeId directory, FileName name, InodeType type, uint deviceMajor, uint deviceMinor,
        AttributeChanges initial, CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
        {
            var result = MakeIn(caller, directory, name, type, initial, [], null);
            if (result.Object is not { } made)
            {
                return result;
            }

            var node = _nodes[made.Id];
            node.Attributes = made with { DeviceMajor = deviceMajor, DeviceMinor = deviceMinor };
            return result with { Object = node.Attributes };
        });

    public ValueTask<ChangeResult> RemoveAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        ChangeAsync(caller, () => Remove(caller, directory, name, isDirectory: false));

    public ValueTask<ChangeResult> RemoveDirectoryAsync(
        Caller caller, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        ChangeAsync(caller, () => Remove(caller, directory, name, isDirectory: true));

    public ValueTask<RenameResult> RenameAsync(
        Caller caller, InodeId fromDirectory, FileName fromName, InodeId toDirectory, FileName toName,
        CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
        {
            var error = Open(caller, fromDirectory, 2, out var from);
            var toError = Open(caller, toDirectory, 2, out var to);
            var id = default(InodeId);
            error = error != VfsError.None ? error
                : toError != VfsError.None ? toError
                : from!.TryFind(fromName, out id) ? VfsError.None : VfsError.NoEnt;
            var (fromBefore, toBefore) = (from?.Attributes.Wcc, to?.Attributes.Wcc);
            if (error == VfsError.None)
            {
                to!.Remove(toName);
                from!.Remove(fromName);
                to.Add(toName, id);
                Touch(from);
                Touch(to);
            }

            return new RenameResult(
                error, new WccData(fromBefore, from?.Attributes), new WccData(toBefore, to?.Attributes));
        });

    public ValueTask<LinkResult> LinkAsync(
        Caller caller, InodeId id, InodeId directory, FileName name, CancellationToken cancellationToken) =>
        ChangeAsync(caller, () =>
        {
            var error = Open(caller, directory, 2, out var parent);
            var before = parent?.Attributes.Wcc;
            _nodes.TryGetValue(id, out var node);
            error = node is null ? VfsError.Stale
                : error != VfsError.None ? error
                : node.IsDirectory ? VfsError.IsDir
                : parent!.TryFind(name, out _) ? VfsError.Exist : VfsError.None;
            if (error == VfsError.None)
            {
                parent!.Add(name, id);
                Touch(parent);
                node!.Attributes = node.Attributes with { LinkCount = node.Attributes.LinkCount + 1, Ctime = Tick() };
            }

            return new LinkResult(error, node?.Attributes, new WccData(before, parent?.Attributes));
        });

    public ReadDirectoryResult ReadDirectory(
        Caller caller, InodeId directory, ulong cookie, int entriesMax, bool withAttributes,
        List<DirectoryEntry> entries)
    {
        lock (_gate)
        {
            var error = Open(caller, directory, 4, out var node);
            if (error != VfsError.None)
            {
                return new ReadDirectoryResult(error, false, node?.Attributes);
            }

            var left = entriesMax;
            if (cookie < 1 && left-- > 0)
            {
                entries.Add(Entry(directory, "."u8.ToArray(), 1, withAttributes));
            }

            if (cookie < 2 && left-- > 0)
            {
                entries.Add(Entry(node!.Parent, ".."u8.ToArray(), 2, withAttributes));
            }

            var index = -1;
            while (left-- > 0)
            {
                if (!node!.TryNext(ref index, cookie, out var next, out var name, out var id))
                {
                    return new ReadDirectoryResult(VfsError.None, true, node.Attributes);
                }

                entries.Add(Entry(id, name, next, withAttributes));
            }

            return new ReadDirectoryResult(
                VfsError.None, !node!.TryNext(ref index, entries[^1].Cookie, out _, out _, out _), node.Attributes);
        }
    }

    public FileSystemStatistics GetStatistics() => new(1UL << 40, 1UL << 39, 1UL << 38, 1 << 20, 1 << 19, 1 << 18);

    /// <summary>Makes a regular file under the root, for tests that only need one.</summary>
    public InodeId AddFile(string name, byte[] data, InodeId? directory = null)
    {
        lock (_gate)
        {
            var parent = directory ?? InodeId.Root;
            var node = Make(InodeType.Regular, parent, Caller.Root, 0x1A4, new InodeId(_nextId++));
            node.Data = data;
            node.Attributes = node.Attributes with { Size = (ulong)data.Length, Used = (ulong)data.Length };
            _nodes[parent].Add(FileName.From(name), node.Attributes.Id);
            return node.Attributes.Id;
        }
    }

    /// <summary>Makes an object vanish as if somebody else had removed it.</summary>
    public void Forget(InodeId id)
    {
        lock (_gate)
        {
            _nodes.Remove(id);
        }
    }

    private async ValueTask<T> ChangeAsync<T>(Caller? caller, Func<T> change)
        where T : struct
    {
        LastCaller = caller ?? LastCaller;
        if (BeforeMutation is not null)
        {
            await BeforeMutation();
        }

        lock (_gate)
        {
            Mutations++;
            return TakeError() is var error && error != VfsError.None
                ? InMemoryFailure.Of<T>(error)
                : change();
        }
    }

    private VfsError TakeError()
    {
        var error = NextError;
        NextError = VfsError.None;
        return error;
    }

    private WriteResult Write(
        Caller caller, InodeId id, long offset, ReadOnlyMemory<byte> data, Stability stability)
    {
        if (!_nodes.TryGetValue(id, out var node))
        {
            return new WriteResult(VfsError.Stale, 0, Stability.Unstable, 0, default);
        }

        var before = node.Attributes;
        var error = before.Type != InodeType.Regular ? VfsError.Inval
            : IsAllowed(caller, before, 2) || caller.Uid == before.Uid ? VfsError.None : VfsError.Access;
        if (error == VfsError.None && data.Length > 0)
        {
            var end = (int)offset + data.Length;
            if (node.Data.Length < end)
            {
                var longer = new byte[Math.Max(end, Math.Min(node.Data.Length * 2, 1 << 30))];
                node.Data.CopyTo(longer, 0);
                node.Data = longer;
            }

            data.Span.CopyTo(node.Data.AsSpan((int)offset));
            var size = Math.Max(before.Size, (ulong)end);
            var now = Tick();
            node.Attributes = before with { Size = size, Used = size, Mtime = now, Ctime = now };
        }

        return new WriteResult(
            error, data.Length, stability, WriteVerifier, new WccData(before.Wcc, node.Attributes));
    }

    private ChangeResult Remove(Caller caller, InodeId directory, FileName name, bool isDirectory)
    {
        var error = Open(caller, directory, 2, out var parent);
        var before = parent?.Attributes.Wcc;
        InMemoryNode? node = null;
        if (error == VfsError.None)
        {
            node = parent!.TryFind(name, out var id) ? _nodes[id] : null;
            error = node is null ? VfsError.NoEnt
                : isDirectory && !node.IsDirectory ? VfsError.NotDir
                : !isDirectory && node.IsDirectory ? VfsError.IsDir
                : node.EntryCount > 0 ? VfsError.NotEmpty : VfsError.None;
        }

        if (error == VfsError.None)
        {
            parent!.Remove(name);
            Touch(parent);
            var links = node!.Attributes.LinkCount - 1;
            node.Attributes = node.Attributes with { LinkCount = links, Ctime = Tick() };
            if (links == 0 || isDirectory)
            {
                _nodes.Remove(node.Attributes.Id);
            }
        }

        return new ChangeResult(error, new WccData(before, parent?.Attributes));
    }

    private CreateResult MakeIn(
        Caller caller, InodeId directory, FileName name, InodeType type, AttributeChanges initial, byte[] data,
        ulong? verifier)
    {
        var error = Open(caller, directory, 2, out var parent);
        if (error == VfsError.None && (name.IsDot || name.IsDotDot || parent!.TryFind(name, out _)))
        {
            error = VfsError.Exist;
        }

        var before = parent?.Attributes.Wcc;
        if (error != VfsError.None)
        {
            return new CreateResult(error, null, new WccData(before, parent?.Attributes));
        }

        var node = Make(type, directory, caller, initial.Mode ?? 0x180, new InodeId(_nextId++), verifier);
        node.Data = data;
        node.Attributes = node.Attributes with { Size = (ulong)data.Length };
        Apply(node, initial, null);
        parent!.Add(name, node.Attributes.Id);
        Touch(parent);
        return new CreateResult(VfsError.None, node.Attributes, new WccData(before, parent.Attributes));
    }

    private InMemoryNode Make(
        InodeType type, InodeId parent, Caller caller, uint mode, InodeId id, ulong? verifier = null)
    {
        var now = Tick();
        var attributes = new Attributes(id, type, mode, 1, caller.Uid, caller.Gid, 0, 0, 0, 0, now, now, now);
        var node = new InMemoryNode(attributes, parent) { CreateVerifier = verifier };
        _nodes.Add(id, node);
        return node;
    }

    private VfsError Apply(InMemoryNode node, AttributeChanges changes, Timestamp? guard)
    {
        var old = node.Attributes;
        if (guard is { } time && time != old.Ctime)
        {
            return VfsError.NotSync;
        }

        if (changes.Size is { } size)
        {
            if (size > int.MaxValue)
            {
                return VfsError.FBig;
            }

            var resized = new byte[size];
            node.Data.AsSpan(0, (int)Math.Min(old.Size, size)).CopyTo(resized);
            node.Data = resized;
        }

        var now = Tick();
        node.Attributes = old with
        {
            Mode = changes.Mode ?? old.Mode,
            Uid = changes.Uid ?? old.Uid,
            Gid = changes.Gid ?? old.Gid,
            Size = changes.Size ?? old.Size,
            Atime = Changed(changes.Atime, old.Atime, now),
            Mtime = Changed(changes.Mtime, changes.Size is null ? old.Mtime : now, now),
            Ctime = now,
        };
        return VfsError.None;
    }

    private static Timestamp Changed(TimeChange change, Timestamp old, Timestamp now) => change.Kind switch
    {
        TimeChangeKind.SetToServerTime => now,
        TimeChangeKind.SetToClientTime => change.Value,
        _ => old,
    };

    private VfsError Open(Caller caller, InodeId directory, uint rights, out InMemoryNode? node)
    {
        if (!_nodes.TryGetValue(directory, out node))
        {
            return VfsError.Stale;
        }

        return !node.IsDirectory ? VfsError.NotDir
            : IsAllowed(caller, node.Attributes, rights) ? VfsError.None : VfsError.Access;
    }

    private static bool IsAllowed(Caller caller, in Attributes attributes, uint rights)
    {
        var shift = caller.Uid == attributes.Uid ? 6 : caller.IsInGroup(attributes.Gid) ? 3 : 0;
        return caller.IsRoot || ((attributes.Mode >> shift) & rights) == rights;
    }

    private DirectoryEntry Entry(InodeId id, ReadOnlyMemory<byte> name, ulong cookie, bool withAttributes) =>
        new(id, name, cookie, withAttributes && _nodes.TryGetValue(id, out var node) ? node.Attributes : null);

    private void Touch(InMemoryNode node)
    {
        var now = Tick();
        node.Attributes = node.Attributes with { Mtime = now, Ctime = now };
    }

    private Timestamp Tick() => new(++_now);

    private Loan Lend(Memory<byte> memory)
    {
        Interlocked.Add(ref _loans, memory.Length);
        return new Loan(this, memory);
    }

    private sealed class Loan(InMemoryFileSystem owner, Memory<byte> memory) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = memory;

        public void Dispose() => Interlocked.Add(ref owner._loans, -Memory.Length);
    }
}
