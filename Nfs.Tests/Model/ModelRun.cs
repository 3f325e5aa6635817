using System.Globalization;
using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>
/// One run: random operations on a gateway and on the model, compared as they go. Everything follows from the seed.
/// </summary>
internal sealed class ModelRun : IAsyncDisposable
{
    private const int FileBytesMax = 200_000;
    private static readonly string[] s_names = [.. Enumerable.Range(0, 7).Select(i => $"n{i}"), "ü",
        new string('x', 255)];

    private readonly Random _random;
    private readonly List<string> _done = [];
    private readonly ModelNode _root = new() { IsDirectory = true };
    private readonly Dictionary<ModelNode, InodeId> _ids = [];
    private readonly Dictionary<InodeId, Timestamp> _ctimes = [];
    private readonly HashSet<InodeId> _gone = [];
    private TestGateway _gateway = null!;

    private ModelRun(int seed)
    {
        _random = new Random(seed);
        _done.Add(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
    }

    public static async Task<ModelRun> StartAsync(int seed)
    {
        var run = new ModelRun(seed) { _gateway = await TestGateway.StartAsync() };
        run._ids.Add(run._root, InodeId.Root);
        return run;
    }

    /// <summary>Runs operations; <paramref name="crashes"/> says whether some of the restarts are kills.</summary>
    public async Task RunAsync(int steps, bool crashes)
    {
        try
        {
            for (var step = 0; step < steps; step++)
            {
                await StepAsync(crashes);
                if (step % 25 == 24)
                {
                    await CheckAsync();
                }
            }

            await CheckAsync();
            await CheckStoreAsync();
        }
        catch (Exception e)
        {
            throw new AssertionException($"{_done[0]}\n{string.Join('\n', _done.TakeLast(60))}\n{e.Message}", e);
        }
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    private async Task StepAsync(bool crashes)
    {
        switch (_random.Next(100))
        {
            case < 12:
                await CreateAsync();
                break;
            case < 18:
                await MakeDirectoryAsync();
                break;
            case < 21:
                await MakeSymlinkAsync();
                break;
            case < 42:
                await WriteAsync();
                break;
            case < 49:
                await ResizeAsync();
                break;
            case < 55:
                await CommitAsync();
                break;
            case < 62:
                await ReadAsync();
                break;
            case < 72:
                await RenameAsync();
                break;
            case < 80:
                await RemoveAsync();
                break;
            case < 84:
                await LinkAsync();
                break;
            case < 88:
                await ChangeModeAsync();
                break;
            case < 91:
                await SyncWithAFaultAsync();
                break;
            case < 94:
                Say("sync");
                await _gateway.SyncAsync();
                break;
            case < 96:
                Say("evict");
                await _gateway.EvictAsync();
                break;
            case < 98 when crashes:
                await CrashAsync();
                break;
            default:
                Say("reopen");
                await _gateway.ReopenAsync();
                foreach (var node in Nodes())
                {
                    node.Settle();
                }

                break;
        }
    }

    private async Task CreateAsync()
    {
        var (parent, name) = Place();
        var mode = (CreateMode)_random.Next(2);
        var isEmptied = _random.Next(2) == 0;
        Say($"create {mode} {isEmptied} {Path(parent)}/{name}");
        var made = await _gateway.Files.CreateAsync(
            Caller.Root, _ids[parent], N(name), mode,
            new AttributeChanges { Mode = 0x1B4, Size = isEmptied ? 0UL : null }, 0, default);
        if (!parent.Names.TryGetValue(name, out var existing))
        {
            Expect(VfsError.None, made.Error);
            Adopt(parent, name, new ModelNode { IsDirectory = false, Mode = 0x1B4 }, made.Object);
        }
        else if (mode == CreateMode.Unchecked && existing.IsFile)
        {
            Expect(VfsError.None, made.Error);
            Assert.That(made.Object!.Value.Id, Is.EqualTo(_ids[existing]));
            if (isEmptied && existing.Bytes.Length > 0)
            {
                existing.Resize(0);
            }
        }
        else
        {
            Expect(VfsError.Exist, made.Error);
        }
    }

    private async Task MakeDirectoryAsync()
    {
        var (parent, name) = Place();
        Say($"mkdir {Path(parent)}/{name}");
        var made = await _gateway.Files.MakeDirectoryAsync(
            Caller.Root, _ids[parent], N(name), new AttributeChanges { Mode = 0x1C0 }, default);
        Expect(parent.Names.ContainsKey(name) ? VfsError.Exist : VfsError.None, made.Error);
        if (made.Error == VfsError.None)
        {
            Adopt(
                parent, name, new ModelNode { IsDirectory = true, Mode = 0x1C0 | (parent.Mode & 0x400) }, made.Object);
        }
    }

    private async Task MakeSymlinkAsync()
    {
        var (parent, name) = Place();
        var target = Bytes(1 + _random.Next(40));
        Say($"symlink {Path(parent)}/{name}");
        var made = await _gateway.Files.MakeSymlinkAsync(Caller.Root, _ids[parent], N(name), target, default, default);
        Expect(parent.Names.ContainsKey(name) ? VfsError.Exist : VfsError.None, made.Error);
        if (made.Error == VfsError.None)
        {
            Adopt(parent, name, new ModelNode { IsDirectory = false, Target = target, Mode = 0x1FF }, made.Object);
        }
    }

    private async Task WriteAsync()
    {
        if (AnyFile() is not { } file)
        {
            return;
        }

        var offset = _random.Next(file.Bytes.Length + (_random.Next(4) == 0 ? 5000 : 1));
        var bytes = Bytes(Math.Min(1 + _random.Next(_random.Next(3) == 0 ? 40_000 : 60), FileBytesMax - offset));
        var stability = (Stability)_random.Next(3);
        Say($"write {_ids[file]} {offset}+{bytes.Length} {stability}");
        var written = await _gateway.WriteAsync(_ids[file], (ulong)offset, bytes, stability);
        file.WriteUnstable(offset, bytes);
        if (stability != Stability.Unstable)
        {
            file.Settle();
        }

        Assert.That(written.Wcc.After!.Value.Size, Is.EqualTo((ulong)file.Bytes.Length));
    }

    private async Task ResizeAsync()
    {
        if (AnyFile() is { } file)
        {
            var size = _random.Next(_random.Next(2) == 0 ? FileBytesMax : file.Bytes.Length + 1);
            Say($"resize {_ids[file]} {file.Bytes.Length} to {size}");
            await _gateway.ResizeAsync(_ids[file], (ulong)size);
            file.Resize(size);
        }
    }

    private async Task CommitAsync()
    {
        if (AnyFile() is { } file)
        {
            Say($"commit {_ids[file]}");
            await _gateway.CommitAsync(_ids[file]);
            file.Settle();
        }
    }

    private async Task ReadAsync()
    {
        if (AnyFile() is { } file)
        {
            var offset = _random.Next(file.Bytes.Length + 10);
            var count = _random.Next(50_000);
            Say($"read {_ids[file]} {offset}+{count}");
            var bytes = await _gateway.ReadAsync(_ids[file], (ulong)offset, count);
            var start = Math.Min(offset, file.Bytes.Length);
            var expected = file.Bytes.AsSpan(start, Math.Min(count, file.Bytes.Length - start));
            Assert.That(bytes.AsSpan().SequenceEqual(expected), Is.True, "what is read");
        }
    }

    private async Task RenameAsync()
    {
        var (from, fromName) = Place();
        var (to, toName) = Place();
        Say($"rename {Path(from)}/{fromName} to {Path(to)}/{toName}");
        var renamed = await _gateway.Files.RenameAsync(
            Caller.Root, _ids[from], N(fromName), _ids[to], N(toName), default);
        var expected = RenameRule(from, fromName, to, toName);
        Expect(expected, renamed.Error);
        if (expected != VfsError.None)
        {
            return;
        }

        var moved = from.Names[fromName];
        var replaced = to.Names.GetValueOrDefault(toName);
        if (moved != replaced)
        {
            from.Names.Remove(fromName);
            to.Names[toName] = moved;
            Drop(replaced);
        }
    }

    private static VfsError RenameRule(ModelNode from, string fromName, ModelNode to, string toName)
    {
        if (!from.Names.TryGetValue(fromName, out var moved))
        {
            return VfsError.NoEnt;
        }

        if (moved.IsDirectory && Below(moved).Contains(to))
        {
            return VfsError.Inval;
        }

        if (!to.Names.TryGetValue(toName, out var replaced) || replaced == moved)
        {
            return VfsError.None;
        }

        return moved.IsDirectory != replaced.IsDirectory ? (moved.IsDirectory ? VfsError.NotDir : VfsError.IsDir)
            : replaced is { IsDirectory: true, Names.Count: > 0 } ? VfsError.NotEmpty
            : VfsError.None;
    }

    private async Task RemoveAsync()
    {
        var (parent, name) = Place();
        var wantsDirectory = _random.Next(2) == 0;
        Say($"{(wantsDirectory ? "rmdir" : "remove")} {Path(parent)}/{name}");
        var removed = wantsDirectory
            ? await _gateway.Files.RemoveDirectoryAsync(Caller.Root, _ids[parent], N(name), default)
            : await _gateway.Files.RemoveAsync(Caller.Root, _ids[parent], N(name), default);
        var node = parent.Names.GetValueOrDefault(name);
        var expected = node is null ? VfsError.NoEnt
            : node.IsDirectory != wantsDirectory ? (wantsDirectory ? VfsError.NotDir : VfsError.IsDir)
            : node.Names.Count > 0 ? VfsError.NotEmpty
            : VfsError.None;
        Expect(expected, removed.Error);
        if (expected == VfsError.None)
        {
            parent.Names.Remove(name);
            Drop(node);
        }
    }

    private async Task LinkAsync()
    {
        var (parent, name) = Place();
        if (AnyFile() is not { } file)
        {
            return;
        }

        Say($"link {_ids[file]} {Path(parent)}/{name}");
        var linked = await _gateway.Files.LinkAsync(Caller.Root, _ids[file], _ids[parent], N(name), default);
        Expect(parent.Names.ContainsKey(name) ? VfsError.Exist : VfsError.None, linked.Error);
        if (linked.Error == VfsError.None)
        {
            parent.Names.Add(name, file);
            file.LinkCount++;
        }
    }

    private async Task ChangeModeAsync()
    {
        var nodes = Nodes();
        var node = nodes[_random.Next(nodes.Count)];
        var changes = new AttributeChanges { Mode = (uint)_random.Next(0x1000), Uid = (uint)_random.Next(100) };
        Say($"chmod {_ids[node]}");
        var set = await _gateway.Files.SetAttributesAsync(Caller.Root, _ids[node], changes, null, default);
        Expect(VfsError.None, set.Error);
        (node.Mode, node.Uid) = (changes.Mode!.Value, changes.Uid!.Value);
    }

    private async Task SyncWithAFaultAsync()
    {
        var call = (StoreCalls)(1 << _random.Next(6));
        var error = new[] { CasError.Unreachable, CasError.Throttled, CasError.NoSpace }[_random.Next(3)];
        var isLate = _random.Next(2) == 0;
        Say($"sync with {error} {(isLate ? "after" : "instead of")} {call}");
        if (isLate)
        {
            _gateway.Faults.FailOnceAfterEffect(call, error);
        }
        else
        {
            _gateway.Faults.FailOnce(call, error);
        }

        await _gateway.TrySyncAsync();
        _gateway.Faults.Heal();
    }

    /// <summary>
    /// A kill: each byte that was not committed may be old or new, everything else is as it was. What a background
    /// flush made durable counts as committed, so old is as good as new.
    /// </summary>
    private async Task CrashAsync()
    {
        Say("crash");
        var sync = await StallASyncAsync();
        var calls = Enumerable.Range(0, _random.Next(5)).Select(StartCall).ToList();
        for (var i = _random.Next(3000); i > 0; i--)
        {
            Thread.SpinWait(20);
        }

        // The dead reach no store: what the copy's original still does must stay without effect there.
        _gateway.Faults.Fail(StoreCalls.All, CasError.Unreachable);
        var copy = _gateway.CopyState();
        await Task.WhenAll(calls.Select(call => call.Running));
        _gateway = await _gateway.GoOnInAsync(copy);
        await sync;
        calls.ForEach(call => call.Resolve());
        foreach (var node in Nodes().Where(n => n.IsFile))
        {
            var problem = node.TakeAfterCrash(await _gateway.ReadAllAsync(_ids[node]));
            Assert.That(problem, Is.Null, $"R-1, R-3: inode {_ids[node]}");
        }

        // Times of unstable writes go back with them.
        _ctimes.Clear();
        await CheckAsync();
    }

    /// <summary>A sync that may hang in the store while the gateway is killed.</summary>
    private async Task<Task> StallASyncAsync()
    {
        if (_random.Next(2) == 0)
        {
            return Task.CompletedTask;
        }

        var call = (StoreCalls)(1 << _random.Next(6));
        Say($"with a sync that hangs in {call}");
        _gateway.Faults.Stall(call);
        var seen = _gateway.Faults.StallSeen;
        var sync = _gateway.Files.SyncAsync(default, default);
        await Task.WhenAny(sync, seen).WaitAsync(TimeSpan.FromSeconds(60));
        return sync;
    }

    /// <summary>
    /// A call that is under way during the kill. It may have happened or not (R-5); the model asks the gateway after
    /// the kill. No call that gives bytes back: the copy of the state is not made in one moment.
    /// </summary>
    private (Task Running, Action Resolve) StartCall(int number)
    {
        var directories = Nodes().Where(n => n.IsDirectory).ToList();
        var parent = directories[_random.Next(directories.Count)];
        var name = $"p{_done.Count}.{number}";
        if (_random.Next(2) == 0 && AnyFile() is { } file)
        {
            var offset = _random.Next(file.Bytes.Length + 1);
            var bytes = Bytes(1 + _random.Next(5000));
            var stability = (Stability)_random.Next(3);
            Say($"with write {_ids[file]} {offset}+{bytes.Length} {stability}");
            file.WriteUnstable(offset, bytes);
            return (_gateway.WriteAsync(_ids[file], (ulong)offset, bytes, stability), () => { });
        }

        if (_random.Next(2) == 0)
        {
            Say($"with create {Path(parent)}/{name}");
            var create = _gateway.Files.CreateAsync(
                Caller.Root, _ids[parent], N(name), CreateMode.Guarded, new AttributeChanges { Mode = 0x1B4 }, 0, default);
            return (create.AsTask(), () => Found(parent, name, new ModelNode { IsDirectory = false, Mode = 0x1B4 }));
        }

        var from = parent.Names.Keys.Where(n => !n.StartsWith('p')).FirstOrDefault();
        if (from is null || parent.Names[from].LinkCount > 1)
        {
            return (Task.CompletedTask, () => { });
        }

        var moved = parent.Names[from];
        parent.Names.Remove(from);
        parent.Names.Add(name, moved);
        Say($"with rename {Path(parent)}/{from} to {name}");
        return (_gateway.RenameAsync(from, name, _ids[parent], _ids[parent]), () =>
        {
            if (_gateway.Files.Lookup(Caller.Root, _ids[parent], N(name)).Error == VfsError.NoEnt)
            {
                parent.Names.Remove(name);
                parent.Names.Add(from, moved);
            }
        });
    }

    private void Found(ModelNode parent, string name, ModelNode node)
    {
        var found = _gateway.Files.Lookup(Caller.Root, _ids[parent], N(name));
        if (found.Error == VfsError.None)
        {
            Adopt(parent, name, node, found.Object);
        }
    }

    private async Task CheckAsync()
    {
        var pending = new Stack<ModelNode>([_root]);
        while (pending.TryPop(out var directory))
        {
            var listed = TreeText.List(_gateway.Files, _ids[directory], 1 + _random.Next(20));
            var names = listed.Select(e => Encoding.UTF8.GetString(e.Name.Span)).Order(StringComparer.Ordinal);
            Assert.That(names, Is.EqualTo(directory.Names.Keys), $"names of {Path(directory)}");
            foreach (var entry in listed)
            {
                var node = directory.Names[Encoding.UTF8.GetString(entry.Name.Span)];
                Assert.That(entry.Id, Is.EqualTo(_ids[node]));
                Assert.That(entry.Attributes, Is.EqualTo(_gateway.Attributes(entry.Id)));
                if (node.IsDirectory)
                {
                    pending.Push(node);
                }
            }
        }

        foreach (var node in Nodes())
        {
            await CheckAsync(node);
        }

        Assert.That(_gone.Select(id => _gateway.Files.GetAttributes(id).Error), Is.All.EqualTo(VfsError.Stale), "R-4");
    }

    private async Task CheckAsync(ModelNode node)
    {
        var attributes = _gateway.Attributes(_ids[node]);
        if (node != _root)
        {
            Assert.That((attributes.Mode, attributes.Uid), Is.EqualTo((node.Mode, node.Uid)), $"mode of {_ids[node]}");
        }

        var links = node.IsDirectory ? 2 + (uint)node.Names.Values.Count(n => n.IsDirectory) : node.LinkCount;
        Assert.That(attributes.LinkCount, Is.EqualTo(links), $"links of {_ids[node]}");
        Assert.That(attributes.Ctime.CompareTo(_ctimes.GetValueOrDefault(attributes.Id)), Is.Not.Negative);
        _ctimes[attributes.Id] = attributes.Ctime;
        if (node.Target is { } target)
        {
            Assert.That(_gateway.Files.ReadLink(_ids[node]).Target.ToArray(), Is.EqualTo(target));
        }
        else if (node.IsFile)
        {
            Assert.That(
                (await _gateway.ReadAllAsync(_ids[node])).AsSpan().SequenceEqual(node.Bytes), Is.True,
                $"content of {_ids[node]}");
        }
    }

    /// <summary>After a sync, a gateway that starts from the store has the same tree.</summary>
    private async Task CheckStoreAsync()
    {
        Say("sync and compare with the store");
        await _gateway.SyncAsync();
        await using var second = await TestGateway.StartAsync(_gateway.Memory, null);
        Assert.That(await TreeText.OfAsync(second.Files), Is.EqualTo(await TreeText.OfAsync(_gateway.Files)), "R-7");
    }

    private void Adopt(ModelNode parent, string name, ModelNode node, Attributes? made)
    {
        var id = made!.Value.Id;
        Assert.That(_gone, Does.Not.Contain(id));
        Assert.That(_ids.Values, Does.Not.Contain(id), "R-4");
        _ids.Add(node, id);
        parent.Names.Add(name, node);
    }

    private void Drop(ModelNode? node)
    {
        if (node is not null && (node.IsDirectory || --node.LinkCount == 0))
        {
            _gone.Add(_ids[node]);
            _ids.Remove(node);
        }
    }

    private void Expect(VfsError expected, VfsError found) => Assert.That(found, Is.EqualTo(expected));

    private void Say(string what) => _done.Add(what.Replace(s_names[^1], "xxx"));

    private static FileName N(string name) => FileName.From(name);

    private byte[] Bytes(int count)
    {
        var bytes = new byte[Math.Max(1, count)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private (ModelNode Parent, string Name) Place()
    {
        var directories = Nodes().Where(n => n.IsDirectory).ToList();
        return (directories[_random.Next(directories.Count)], s_names[_random.Next(s_names.Length)]);
    }

    private ModelNode? AnyFile()
    {
        var files = Nodes().Where(n => n.IsFile).ToList();
        return files.Count == 0 ? null : files[_random.Next(files.Count)];
    }

    private List<ModelNode> Nodes() => [.. Below(_root)];

    /// <summary>A node and everything below it, once each, in an order that the seed decides.</summary>
    private static List<ModelNode> Below(ModelNode start)
    {
        var seen = new HashSet<ModelNode>();
        var found = new List<ModelNode>();
        var pending = new Queue<ModelNode>([start]);
        while (pending.TryDequeue(out var node))
        {
            if (seen.Add(node))
            {
                found.Add(node);
                foreach (var child in node.Names.Values)
                {
                    pending.Enqueue(child);
                }
            }
        }

        return found;
    }

    private string Path(ModelNode directory) => _ids[directory].ToString();
}
