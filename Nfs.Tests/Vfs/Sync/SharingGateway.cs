using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

/// <summary>A gateway on a store that it shares. It sends and asks when it is told to.</summary>
internal sealed class SharingGateway : IAsyncDisposable
{
    // Far more time than a test lets pass.
    private static readonly TimeSpan s_never = TimeSpan.FromDays(20);

    private static readonly GatewayOptions s_options = new()
    {
        FlushDebounce = s_never, FlushMaxAge = s_never, PollInterval = s_never,
    };

    private readonly TemporaryDirectory _directory;
    private readonly StateDirectory _state;
    private readonly IStore _store;

    private SharingGateway(TemporaryDirectory directory, StateDirectory state, IStore store, GatewayFileSystem files) =>
        (_directory, _state, _store, Files) = (directory, state, store, files);

    public GatewayFileSystem Files { get; }

    public static async Task<SharingGateway> StartAsync(IStore store, string host, TimeProvider? clock = null)
    {
        var directory = new TemporaryDirectory();
        var state = StateDirectory.Open(directory["state"]);
        var files = await GatewayFileSystem.OpenAsync(
            state, store, s_options with { HostName = host }, clock ?? TimeProvider.System,
            NullLoggerFactory.Instance, default);
        return new SharingGateway(directory, state, store, files);
    }

    /// <summary>Sends everything; false if something is left.</summary>
    public async Task<bool> SendAsync()
    {
        var rows = await Files.SyncAsync(default, default).WaitAsync(TimeSpan.FromSeconds(60));
        return rows.IsOk && rows.Value.All(row => row.Failure is null) && Files.GetStatus().QueueLength == 0;
    }

    public async Task AskAsync() => Assert.That(await Files.PollAsync(), Is.True, Files.GetStatus().LastFailure);

    /// <summary>The object at a path; null if there is none.</summary>
    public Attributes? Find(string path)
    {
        var at = Files.GetAttributes(InodeId.Root).Value;
        foreach (var name in path.Split('/'))
        {
            var found = Files.Lookup(Caller.Root, at.Id, FileName.From(name));
            if (found.Error != VfsError.None)
            {
                return null;
            }

            at = found.Object!.Value;
        }

        return at;
    }

    /// <summary>The bytes of a file as text.</summary>
    public async Task<string> ReadAsync(InodeId id)
    {
        var read = await Files.ReadAsync(Caller.Root, id, 0, 1000, default);
        Assert.That(read.Error, Is.EqualTo(VfsError.None));
        using (read.Data)
        {
            return read.Data is null ? "" : System.Text.Encoding.ASCII.GetString(read.Data.Memory.Span[..read.Count]);
        }
    }

    /// <summary>All files with their bytes, by path.</summary>
    public async Task<SortedDictionary<string, string>> AllAsync()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var pending = new Stack<(InodeId Directory, string Path)>();
        pending.Push((InodeId.Root, ""));
        while (pending.TryPop(out var at))
        {
            foreach (var entry in TreeText.List(Files, at.Directory))
            {
                var path = at.Path + System.Text.Encoding.UTF8.GetString(entry.Name.Span);
                if (entry.Attributes!.Value.Type == InodeType.Directory)
                {
                    pending.Push((entry.Id, path + "/"));
                }
                else
                {
                    all.Add(path, await ReadAsync(entry.Id));
                }
            }
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Files.DisposeAsync();
        await _store.DisposeAsync();
        _state.Dispose();
        _directory.Dispose();
    }
}
