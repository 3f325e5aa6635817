using Cas.Client;
using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Operations;
using Vfs.Core.Sync;
using Vfs.Core.Sync.Merge;
using Vfs.Core.Sync.Polling;

namespace Vfs.Core;

/// <summary>The parts of a gateway's file system, wired; start-up, recovery and the way down.</summary>
internal sealed class GatewayParts : IAsyncDisposable
{
    internal const string LinksKey = "link_key";

    private const string ImportedKey = "imported";
    private const string RegisteredKey = "registered";
    private const string InodeKey = "next_inode";
    private const string CookieKey = "next_cookie";

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    // A store that answers lets go at once; one that hangs is not waited for.
    private static readonly TimeSpan s_storeGrace = TimeSpan.FromSeconds(3);

    private readonly IStore _store;
    private readonly string _statePath;
    private readonly ILogger _log;
    private readonly MetadataReader _reader;
    private readonly StagingDirectory _staging;
    private readonly SyncMarks _marks;
    private readonly Flusher _flusher;
    private readonly SyncWorker _worker;
    private readonly StoreProbe _probe;
    private readonly CoverageSaver _saver;
    private readonly IdSequence[] _sequences;
    private readonly LinkNumbers _links;
    private readonly LateCommits _late;
    private readonly CancellationTokenSource _stop = new();
    private Task _leftovers = Task.CompletedTask;
    private Task? _ending;

    private GatewayParts(
        StateDirectory state, IStore store, GatewayOptions options, TimeProvider clock, ILogger log,
        SqliteConnection writing, SqliteConnection reading)
    {
        _store = store;
        _statePath = state.Path;
        _log = log;
        Clock = clock;
        _reader = new MetadataReader(reading);
        var settings = _reader.LoadNumbers();
        var commit = new GroupCommit(
            writing, RequestLog.LoadLast(_reader), clock, options.GiveUpAfter, log);
        var inodes = new InodeTable(commit, _reader, options.InodesMax, options.IsFormInsensitive);
        _marks = new SyncMarks(commit, clock, options.FlushDebounce, options.FlushMaxAge);
        _links = settings.TryGetValue(LinksKey, out var key) ? new LinkNumbers((ulong)key) : LinkNumbers.Draw();
        _sequences =
        [
            new IdSequence(InodeKey, (ulong)settings.GetValueOrDefault(InodeKey, 1L)),
            new IdSequence(CookieKey,
                (ulong)settings.GetValueOrDefault(CookieKey, (long)ReadDirectory.FirstNameCookie)),
        ];
        Tree = new Tree(
            commit, _reader, inodes, _marks, new RequestLog(commit, clock), _sequences[0], _sequences[1],
            options.LocalNames, clock);
        _staging = new StagingDirectory(state.StagingPath, disk: options.StagingDisk);
        log.MappingChosen(_staging.Path, _staging.Mapping);
        log.SnapshotsChosen(_staging.Path, _staging.HasClones ? "clones" : "copies of what is overwritten");
        Space = new SpaceGuard(_staging, clock);
        Health = new StoreHealth(clock);
        Rounds = new ContentRounds(Tree, Verifier, log);
        Contents = new ContentTable(Tree, _reader, Rounds, _staging, Usage, clock, options.ContentsMax);
        Eviction = new CacheEviction(Contents, Rounds, Usage, options.CacheBytesMax, clock, log);
        _saver = new CoverageSaver(Contents, Rounds, clock, log);
        _flusher = new Flusher(Contents, Rounds, store.Content, Health, log);
        _probe = new StoreProbe(store, Health, clock);
        _late = new LateCommits(clock);
        Discards = new Discards(Tree, Contents, clock, log);
        var committed = new CommittedPaths();
        Merge = new TreeMerge(Tree, Contents, Rounds, committed, Discards.Add, log);
        Conflicts = new Conflicts(Tree, Contents, Merge, options.OnConflict, options.HostName, log);
        var comparison = new TreeComparison(Tree, store.Tree, _links);
        var reconciler = new Reconciler(
            Tree, Contents, comparison, new TreeCommitter(Tree, store.Tree, Merge, Conflicts, _late, Health));
        _worker = new SyncWorker(
            Tree, _marks, Contents, _flusher, reconciler, new LocalChanges(Tree, Contents, comparison), Health, clock,
            log);
        Poller = new Poller(
            Tree, store.Tree, () => new TreePass(Tree, store.Tree, Merge, Conflicts, committed, clock), Health, clock,
            options.PollInterval, log);
        Hydrator = new Hydrator(
            store.Content, Health, Space, options.CacheBytesMax, Poller.IsOn ? Poller.PollAsync : null, log);
        Missing = new DataWait(Hydrator, Health, clock, options.ReadWaitMax, options.GiveUpAfter, log);
        Elsewhere = new MissingNames(Tree, store.Tree, Poller, Merge, committed, Health, clock, log);
    }

    public Tree Tree { get; }

    public TimeProvider Clock { get; }

    public ContentTable Contents { get; }

    public ContentRounds Rounds { get; }

    public CacheUsage Usage { get; } = new();

    public CacheEviction Eviction { get; }

    public Hydrator Hydrator { get; }

    public DataWait Missing { get; }

    public SpaceGuard Space { get; }

    public StoreHealth Health { get; }

    public WriteVerifier Verifier { get; } = new();

    public Discards Discards { get; }

    public TreeMerge Merge { get; }

    public Conflicts Conflicts { get; }

    public Poller Poller { get; }

    public MissingNames Elsewhere { get; }

    public SyncWorker Worker => _worker;

    public StagingDirectory Staging => _staging;

    /// <summary>Opens the database; nothing runs yet.</summary>
    public static GatewayParts Open(
        StateDirectory state, IStore store, GatewayOptions options, TimeProvider clock, ILogger log)
    {
        SqliteConnection? writing = null;
        SqliteConnection? reading = null;
        try
        {
            writing = SystemSqlite.Open(state.DatabasePath);
            Schema.Tune(writing);
            Schema.Prepare(writing);
            StateIdentity.CheckStore(writing, store.Identity);
            Schema.DropUnfinishedImport(writing, ImportedKey);
            StateIdentity.CheckOverlay(writing, options.LocalNames.IsAll, ImportedKey);
            reading = SystemSqlite.Open(state.DatabasePath);
            return new GatewayParts(state, store, options, clock, log, writing, reading);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            reading?.Dispose();
            writing?.Dispose();
            throw new StateUnavailableException($"The state in {state.Path} cannot be used: {e.Message}", e);
        }
        catch
        {
            reading?.Dispose();
            writing?.Dispose();
            throw;
        }
    }

    /// <summary>Brings memory to where the database is, and starts what runs in the background.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await ReserveIdsAsync();
        var settings = _reader.LoadNumbers();
        await RegisterAsync(settings.ContainsKey(RegisteredKey), cancellationToken);
        if (!settings.ContainsKey(ImportedKey))
        {
            await ImportAsync(cancellationToken);
        }

        Tree.Requests.Load(_reader);
        _reader.Query("SELECT count(*) FROM inode", row => Tree.InodeCount = row.Long(0));
        _marks.Load(_reader, areHeld: Tree.LocalNames.IsAll);
        _late.Load(_reader);
        MarkDirty(CachedContents.Count(_reader, Tree, Usage));
        _log.StateOpened(Tree.InodeCount, _marks.Count);
        var unused = _sequences[0].Next;
        _leftovers = Task.Run(() => RemoveLeftovers(unused), CancellationToken.None);
        _worker.Start();
        _probe.Start();
        Poller.Start(_reader.LoadText(Poller.RevisionKey));
        Eviction.Start();
        _saver.Start();
    }

    /// <inheritdoc cref="GatewayFileSystem.DrainAsync"/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _worker.SendAllAsync(cancellationToken) is { Failures.Count: > 0 })
            {
                await Task.Delay(s_lookAgain, Clock, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is sent after the next start.
        }
    }

    /// <inheritdoc cref="GatewayFileSystem.StopAsync"/>
    public async Task StopAsync()
    {
        _ending ??= EndBackgroundAsync();
        await SettleAllAsync();
        try
        {
            await _ending.WaitAsync(s_storeGrace, Clock);
        }
        catch (TimeoutException)
        {
            _log.StoreHangs();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _ending!;
        await SettleAllAsync();
        Tree.Commit.Dispose();
        _reader.Dispose();
        _staging.Dispose();
        _stop.Dispose();
    }

    /// <summary>
    /// Ends all that runs by itself. Each is told at once and waited for later: one that hangs in the store keeps no
    /// other from ending.
    /// </summary>
    private async Task EndBackgroundAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(
            _probe.DisposeAsync().AsTask(), Poller.DisposeAsync().AsTask(), Elsewhere.DisposeAsync().AsTask(),
            _worker.DisposeAsync().AsTask(), _flusher.DisposeAsync().AsTask(), Hydrator.DisposeAsync().AsTask(),
            Eviction.DisposeAsync().AsTask(), _saver.DisposeAsync().AsTask(), _leftovers);
        await Discards.DisposeAsync();
    }

    /// <summary>Whatever became of the mark that a write set; in an overlay it would say nothing more.</summary>
    private void MarkDirty(IReadOnlyCollection<InodeId> files)
    {
        lock (Tree.Gate)
        {
            foreach (var id in Tree.LocalNames.IsAll ? [] : files)
            {
                _marks.AddInodeLocked(id);
            }
        }
    }

    private async Task ReserveIdsAsync()
    {
        lock (Tree.Gate)
        {
            foreach (var sequence in _sequences)
            {
                sequence.ReserveLocked(Tree.Commit);
            }

            Tree.Commit.OpenLocked().Settings[LinksKey] = _links.Key;
        }

        await RequireDurableAsync();
    }

    /// <summary>
    /// From here on the store keeps what this state names, so it comes before the first such name. A store that is away
    /// knows it from an earlier start, if there was one: it has an old path at worst.
    /// </summary>
    private async Task RegisterAsync(bool isKnown, CancellationToken cancellationToken)
    {
        var note = new StateNote(StateContents.IdOf(_links.Key), _statePath);
        var registered = await _store.RegisterAsync(note, cancellationToken);
        if (!registered.IsOk && !isKnown)
        {
            throw new StoreUnavailableException(
                $"The store cannot record that this state uses it: {registered.Detail?.TrimEnd('.')}.");
        }

        if (!registered.IsOk)
        {
            _log.StateNotRegistered(registered.Detail);
            return;
        }

        lock (Tree.Gate)
        {
            Tree.Commit.OpenLocked().Settings[RegisteredKey] = 1UL;
        }

        await RequireDurableAsync();
    }

    private async Task RequireDurableAsync()
    {
        if (await Tree.Commit.WhenDurableAsync() != VfsError.None)
        {
            throw new StateUnavailableException("The state database cannot be written; free space on its disk.");
        }
    }

    private async Task ImportAsync(CancellationToken cancellationToken)
    {
        var started = Clock.GetTimestamp();

        // Asked first: what changes while the tree is listed is found by the first pass.
        var revision = await _store.Tree.FindRevisionAsync(cancellationToken);
        var entries = await new TreeImport(Tree, _store.Tree, _log).RunAsync(cancellationToken);
        lock (Tree.Gate)
        {
            Tree.Commit.OpenLocked().Settings[ImportedKey] = 1UL;
            if (revision.IsOk)
            {
                Tree.Commit.OpenLocked().Settings[Poller.RevisionKey] = revision.Value;
            }
        }

        await RequireDurableAsync();
        _log.TreeImported(entries, Clock.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Inodes from <paramref name="unused"/> on are made since the start; all others are in the database.</summary>
    private void RemoveLeftovers(ulong unused)
    {
        try
        {
            _staging.RemoveLeftovers(
                (inode, epoch) => epoch == FileContent.FirstEpoch && (inode.Value >= unused || _reader.HasInode(inode)),
                _stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LeftoversKept(e);
        }
    }

    /// <summary>Makes everything durable, clean coverage included, so that a warm cache is warm again.</summary>
    private async Task SettleAllAsync()
    {
        var settling = new List<Task>();
        foreach (var content in Contents.Snapshot())
        {
            lock (content.Gate)
            {
                settling.Add(Rounds.SaveCoverageLocked(content));
            }
        }

        await Task.WhenAll(settling);
        await Tree.Commit.WhenDurableAsync();
    }
}
