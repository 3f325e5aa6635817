using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>
/// A program on a mount that does random things to files of its own, one after the other, and knows what must be there.
/// Whatever it asks for is answered as if the gateway had never been away.
/// </summary>
internal sealed class LoadWorker
{
    public const int FileBytesMax = 96 << 10;

    private const int FilesMax = 10;
    private const int DirectoriesMax = 3;
    private const int OperationsTold = 30;

    private readonly NfsMount _mount;
    private readonly Incarnations _gateway;
    private readonly Random _random;
    private readonly string _name;
    private readonly Queue<string> _done = [];
    private readonly Dictionary<string, int> _counts;
    private WorkerTree _tree = null!;
    private ulong? _verifier;
    private int _epoch;

    /// <param name="mount">Shared with other workers of the same client.</param>
    /// <param name="gateway">Tells when it was killed.</param>
    /// <param name="number">Of the worker.</param>
    /// <param name="seed">Decides what is done; not when.</param>
    /// <param name="counts">Of operations, by name; shared.</param>
    public LoadWorker(NfsMount mount, Incarnations gateway, int number, int seed, Dictionary<string, int> counts)
    {
        _mount = mount;
        _gateway = gateway;
        _name = $"w{number}";
        _random = new Random(seed + number);
        _counts = counts;
    }

    /// <summary>How often everything was verified after a kill.</summary>
    public int Verifications { get; private set; }

    public async Task StartAsync(NfsObject shared)
    {
        var home = await _mount.MkdirAsync(_mount.Root, _name);
        _tree = new WorkerTree(
            new OwnDirectory(home.Handle, home.Attributes.FileId),
            new OwnDirectory(shared.Handle, shared.Attributes.FileId, _name + "-"));
    }

    /// <summary>Works until told to stop, and verifies everything after each kill.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await VerifyAfterKillAsync();
                await StepAsync();
                _gateway.Progressed();
            }
        }
        catch (Exception e)
        {
            throw new AssertionException($"worker {_name}: {e.Message}\n{string.Join('\n', _done)}", e);
        }
    }

    /// <summary>As closing all files: afterwards nothing is unstable, and the server shows what programs saw.</summary>
    public async Task FinishAsync()
    {
        foreach (var file in _tree.Files)
        {
            await CommitAsync(file);
        }

        await _tree.VerifyAsync(_mount, _gateway.Progressed);
    }

    private async Task VerifyAfterKillAsync()
    {
        var epoch = _gateway.Epoch;
        if (epoch % 2 == 0 && epoch != _epoch)
        {
            _verifier = null;
            await _tree.VerifyAsync(_mount, _gateway.Progressed);
            _epoch = epoch;
            Verifications++;
        }
    }

    private Task StepAsync() => _random.Next(100) switch
    {
        < 10 => CreateAsync(),
        < 13 => MakeDirectoryAsync(),
        < 16 => RemoveDirectoryAsync(),
        < 36 => WriteUnstableAsync(),
        < 46 => WriteStableAsync(),
        < 56 => WithFileAsync("commit", CommitAsync),
        < 64 => WithFileAsync("resize", ResizeAsync),
        < 72 => RenameAsync(),
        < 75 => RenameDirectoryAsync(),
        < 81 => RemoveAsync(),
        < 85 => LinkAsync(),
        < 89 => WithFileAsync("mode", ChangeModeAsync),
        _ => WithFileAsync("read", ReadAsync),
    };

    private async Task CreateAsync()
    {
        var (place, name) = Place();
        if (place.Files.ContainsKey(name) || _tree.Files.Count() >= FilesMax)
        {
            return;
        }

        var mode = (CreateMode)_random.Next(3);
        Say("create", $"{mode} {name}");
        var made = await _mount.CreateAsync(place.Handle, name, mode);
        place.Files.Add(name, new CachedFile(made.Handle, made.Attributes.FileId) { Mode = made.Attributes.Mode });
    }

    private async Task MakeDirectoryAsync()
    {
        var name = $"d{_random.Next(DirectoriesMax)}";
        if (!_tree.Directories.ContainsKey(name))
        {
            Say("mkdir", name);
            var made = await _mount.MkdirAsync(_tree.Home.Handle, name);
            _tree.Directories.Add(name, new OwnDirectory(made.Handle, made.Attributes.FileId));
        }
    }

    private async Task RemoveDirectoryAsync()
    {
        if (_tree.Directories.Count > 0)
        {
            var (name, directory) = _tree.Directories.ElementAt(_random.Next(_tree.Directories.Count));
            Say("rmdir", name);
            var isEmpty = directory.Files.Count == 0;
            Assert.That(
                await _mount.RmdirAsync(_tree.Home.Handle, name),
                Is.EqualTo(isEmpty ? NfsStat3.NFS3_OK : NfsStat3.NFS3ERR_NOTEMPTY), "RMDIR");
            if (isEmpty)
            {
                _tree.Directories.Remove(name);
                _tree.Gone(directory.Handle);
            }
        }
    }

    /// <summary>Several writes in flight, as a kernel sends a large one.</summary>
    private Task WriteUnstableAsync() => WithFileAsync("write", async file =>
    {
        var (start, bytes) = Patch(file);
        var pieces = bytes.Chunk(1 + (bytes.Length / (1 + _random.Next(4)))).ToArray();
        var starts = pieces.Select((_, i) => start + pieces.Take(i).Sum(p => p.Length)).ToArray();
        var answers = await Task.WhenAll(
            pieces.Select((piece, i) => _mount.WriteAsync(file.Handle, starts[i], piece, Stability.Unstable)));
        for (var i = 0; i < pieces.Length; i++)
        {
            Assert.That(answers[i].Count, Is.EqualTo(pieces[i].Length));
            file.WroteUnstable(starts[i], pieces[i], answers[i].Verifier);
            _verifier = answers[i].Verifier;
        }
    });

    private Task WriteStableAsync() => WithFileAsync("write stable", async file =>
    {
        var (start, bytes) = Patch(file);
        var asked = (Stability)_random.Next(1, 3);
        var answer = await _mount.WriteAsync(file.Handle, start, bytes, asked);
        Assert.That(answer.Count, Is.EqualTo(bytes.Length));
        Assert.That(answer.Committed, Is.GreaterThanOrEqualTo(asked));
        file.WroteStable(start, bytes);
        _verifier = answer.Verifier;
    });

    /// <summary>As a kernel's client: what was written under another verifier is sent again first.</summary>
    private async Task CommitAsync(CachedFile file)
    {
        do
        {
            var verifier = await _mount.CommitAsync(file.Handle);
            file.Committed(verifier);
            while (file.Lost(verifier) is { } lost)
            {
                Say("send again", $"{file.FileId} {lost.Start}+{lost.Bytes.Length}");
                var bytes = file.Bytes[lost.Start..lost.End];
                var answer = await _mount.WriteAsync(file.Handle, lost.Start, bytes, Stability.Unstable);
                verifier = answer.Verifier;
                file.WroteAgain(lost, bytes, verifier);
            }

            _verifier = verifier;
        }
        while (!file.IsStable);
    }

    private async Task ResizeAsync(CachedFile file)
    {
        var size = _random.Next(_random.Next(2) == 0 ? FileBytesMax : file.Bytes.Length + 1);
        await _mount.SetattrAsync(file.Handle, size: (ulong)size);
        file.Resized(size);
    }

    private async Task RenameAsync()
    {
        var (from, name) = Place();
        var (to, toName) = Place();
        if (!from.Files.TryGetValue(name, out var moved))
        {
            return;
        }

        Say("rename", $"{name} in {from.FileId} to {toName} in {to.FileId}");
        await _mount.RenameAsync(from.Handle, name, to.Handle, toName);
        var replaced = to.Files.GetValueOrDefault(toName);
        if (replaced != moved)
        {
            from.Files.Remove(name);
            to.Files[toName] = moved;
            _tree.Dropped(replaced);
        }
    }

    private async Task RenameDirectoryAsync()
    {
        var (from, to) = ($"d{_random.Next(DirectoriesMax)}", $"d{_random.Next(DirectoriesMax)}");
        if (_tree.Directories.TryGetValue(from, out var moved) && !_tree.Directories.ContainsKey(to))
        {
            Say("rename directory", $"{from} to {to}");
            await _mount.RenameAsync(_tree.Home.Handle, from, _tree.Home.Handle, to);
            _tree.Directories.Remove(from);
            _tree.Directories.Add(to, moved);
        }
    }

    private async Task RemoveAsync()
    {
        var (place, name) = Place();
        var isThere = place.Files.Remove(name, out var file);
        Say("remove", $"{name} in {place.FileId}");
        Assert.That(
            await _mount.RemoveAsync(place.Handle, name),
            Is.EqualTo(isThere ? NfsStat3.NFS3_OK : NfsStat3.NFS3ERR_NOENT), "R-6: REMOVE");
        _tree.Dropped(file);
    }

    private Task LinkAsync()
    {
        var (place, name) = Place();
        return place.Files.ContainsKey(name) ? Task.CompletedTask : WithFileAsync("link", async file =>
        {
            await _mount.LinkAsync(file.Handle, place.Handle, name);
            place.Files.Add(name, file);
            file.LinkCount++;
        });
    }

    private async Task ChangeModeAsync(CachedFile file)
    {
        var mode = (uint)_random.Next(0x200);
        await _mount.SetattrAsync(file.Handle, mode);
        file.Mode = mode;
    }

    private async Task ReadAsync(CachedFile file)
    {
        var offset = _random.Next(file.Bytes.Length + 10);
        var count = 1 + _random.Next(FileBytesMax);
        var found = await _mount.ReadAsync(file.Handle, offset, count);

        // A kill in between may have cost what was not stable.
        if (file.IsShownBy(_verifier) && (_gateway.Epoch == _epoch || file.IsStable))
        {
            var start = Math.Min(offset, file.Bytes.Length);
            var expected = file.Bytes.AsSpan(start, Math.Min(count, file.Bytes.Length - start));
            Assert.That(found.AsSpan().SequenceEqual(expected), Is.True, $"R-3: {file.FileId} {offset}");
        }
    }

    private async Task WithFileAsync(string what, Func<CachedFile, Task> act)
    {
        CachedFile[] files = [.. _tree.Files];
        if (files.Length > 0)
        {
            var file = files[_random.Next(files.Length)];
            Say(what, $"{file.FileId} of {file.Bytes.Length}");
            await act(file);
        }
    }

    private (int Start, byte[] Bytes) Patch(CachedFile file)
    {
        var start = _random.Next(Math.Min(file.Bytes.Length + (_random.Next(4) == 0 ? 5000 : 1), FileBytesMax));
        var bytes = new byte[Math.Min(1 + _random.Next(_random.Next(3) == 0 ? 40_000 : 60), FileBytesMax - start)];
        _random.NextBytes(bytes);
        return (start, bytes);
    }

    private (OwnDirectory Place, string Name) Place()
    {
        OwnDirectory[] places = [.. _tree.Places];
        var place = places[_random.Next(places.Length)];
        return (place, $"{place.Prefix}f{_random.Next(5)}");
    }

    private void Say(string what, string detail)
    {
        lock (_counts)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + 1;
        }

        _done.Enqueue($"{what} {detail}");
        if (_done.Count > OperationsTold)
        {
            _done.Dequeue();
        }
    }
}
