using System.Diagnostics;
using System.Globalization;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

// kill -9 in the middle of putting, freeing and checking. If this fails, a power cut or an impatient operator costs files
// that were reported stored. NFSGW_KILL_ROUNDS sets how often (200 for the whole), NFSGW_KILL_SEED repeats a run.
[TestFixture]
internal sealed class StoreKillTests
{
    private const int RoundsDefault = 4;
    private const int NamesMax = 10;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, (ContentId Content, byte[] Bytes)> _named = [];
    private readonly Dictionary<ContentId, byte[]> _young = [];
    private readonly Dictionary<string, TimeSpan> _durations = [];
    private readonly int _seed = Setting.Of("NFSGW_KILL_SEED", Environment.TickCount);

    private StoreDirectory _directory = null!;
    private TemporaryDirectory _files = null!;
    private Random _random = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new StoreDirectory();
        _files = new TemporaryDirectory();
        _random = new Random(_seed);
    }

    [TearDown]
    public void TearDown()
    {
        _directory.Dispose();
        _files.Dispose();
    }

    [Test]
    public async Task Store_KilledAtRandomMoments_IsCleanAndHasEverythingThatWasStored()
    {
        await ChangeTreeAsync();
        var rounds = Setting.Of("NFSGW_KILL_ROUNDS", RoundsDefault);
        var killed = 0;
        for (var round = 0; round < rounds; round++)
        {
            killed += await RunAndKillAsync((round % 3) switch
            {
                0 => "put",
                1 => "gc",
                _ => "check",
            }) ? 1 : 0;
            await AssertCleanAsync(round);
            await ChangeTreeAsync();
        }

        TestContext.Out.WriteLine($"seed {_seed}: {rounds} rounds, {killed} of them killed before their end");
    }

    /// <summary>Starts a command and kills it; whether that came before its end.</summary>
    private async Task<bool> RunAndKillAsync(string what)
    {
        var bytes = NewBytes();
        await File.WriteAllBytesAsync(_files["file"], bytes);
        string[] command = what switch
        {
            "put" => ["cas", "put", _files["file"]],
            "gc" when _random.Next(4) > 0 => ["store", "gc", "--keep", "0s"],
            "gc" => ["store", "gc"],
            _ => ["store", "check"],
        };
        if (command.Contains("0s"))
        {
            _young.Clear();
        }

        var started = Stopwatch.GetTimestamp();
        using var changes = new ChangeCount(_directory.Path);
        using var child = ChildProcess.Start(Repository.Gateway, [.. command, "--store", _directory.Url]);
        var ended = child.WaitForExitAsync(s_deadline);
        var moment = _random.Next(2) == 0 && what != "check"
            ? changes.ReachAsync(_random.Next(1, 12))
            : Task.Delay(_durations.GetValueOrDefault(what, TimeSpan.FromSeconds(1)) * _random.NextDouble());
        var isKilled = await Task.WhenAny(moment, ended) == moment;
        if (isKilled)
        {
            child.TrySignal(ChildProcess.SigKill);
        }

        var outcome = await ended;
        isKilled &= outcome.ExitCode == 128 + ChildProcess.SigKill;
        if (!isKilled)
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
            _durations[what] = Stopwatch.GetElapsedTime(started);
        }

        if (what == "put" && outcome.Output.EndsWith('\n'))
        {
            await RememberAsync(outcome.Lines[0], bytes);
        }

        return isKilled;
    }

    /// <summary>What was reported stored is looked for from now on.</summary>
    private async Task RememberAsync(string line, byte[] bytes)
    {
        var parts = line.Split('\t');
        Assert.That(MerkleHash.TryParse(parts[0], out var hash), Is.True, line);
        var content = new ContentId(hash, ulong.Parse(parts[1], CultureInfo.InvariantCulture));
        _young[content] = bytes;
        if (_random.Next(2) == 0)
        {
            await using var store = await _directory.OpenAsync();
            await NameAsync(store, content, bytes);
        }
    }

    /// <summary>Gives gc work: paths that go, paths that get new content, and content that is made of old content.</summary>
    private async Task ChangeTreeAsync()
    {
        await using var store = await _directory.OpenAsync();
        foreach (var path in _named.Keys.Where(_ => _random.Next(4) == 0).ToList())
        {
            await store.NameAsync(path, null);
            _named.Remove(path);
        }

        while (_named.Count < 4 || _random.Next(2) == 0)
        {
            var bytes = NewBytes();
            await NameAsync(store, await store.PutAsync(bytes), bytes);
        }

        var (basis, old) = _named.Values.First();
        var (inserted, start) = (StoredFiles.Bytes(_random.Next(), 5000), _random.Next(old.Length));
        var composed = await store.Content.ComposeAsync(
            basis, [new Edit((ulong)start, (ulong)start, 0, 5000)], new MemorySource(inserted), default);
        Assert.That(composed.IsOk, Is.True, composed.Detail);
        await NameAsync(store, composed.Value, [.. old[..start], .. inserted, .. old[start..]]);
    }

    private async Task NameAsync(IStore store, ContentId content, byte[] bytes)
    {
        var path = $"f{_random.Next(NamesMax)}";
        await store.NameAsync(path, content);
        _named[path] = (content, bytes);
    }

    private async Task AssertCleanAsync(int round)
    {
        var check = await ChildProcess.RunAsync(
            Repository.Gateway, ["store", "check", "--store", _directory.Url], s_deadline);
        Assert.That(check.ExitCode, Is.Zero, $"seed {_seed}, round {round}: {check.Output}{check.Error}");

        await using var store = await _directory.OpenAsync();
        foreach (var (content, bytes) in _named.Values.Concat(_young.Select(young => (young.Key, young.Value))))
        {
            Assert.That(
                (await store.ReadAsync(content)).AsSpan().SequenceEqual(bytes), Is.True,
                $"seed {_seed}, round {round}: {content.Hash}");
        }
    }

    /// <summary>New bytes, in part those of a file that is stored.</summary>
    private byte[] NewBytes()
    {
        var bytes = StoredFiles.Bytes(_random.Next(), _random.Next(1, 1 << _random.Next(8, 22)));
        return _named.Count > 0 && _random.Next(2) == 0
            ? [.. _named.Values.First().Bytes[..(_named.Values.First().Bytes.Length / 2)], .. bytes]
            : bytes;
    }

    /// <summary>Counts what a process does to the names and bytes in a directory, to stop it in the middle.</summary>
    private sealed class ChangeCount : IDisposable
    {
        private readonly FileSystemWatcher _watcher;
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = int.MaxValue;

        public ChangeCount(string directory)
        {
            _watcher = new FileSystemWatcher(directory) { IncludeSubdirectories = true };
            _watcher.Created += (_, _) => Count();
            _watcher.Changed += (_, _) => Count();
            _watcher.Deleted += (_, _) => Count();
            _watcher.EnableRaisingEvents = true;
        }

        /// <summary>Ends after so many changes from now on.</summary>
        public Task ReachAsync(int count)
        {
            Interlocked.Exchange(ref _left, count);
            return _reached.Task;
        }

        public void Dispose() => _watcher.Dispose();

        private void Count()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _reached.TrySetResult();
            }
        }
    }
}
