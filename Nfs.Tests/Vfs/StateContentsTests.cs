using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs;

// A gateway that is stopped still needs content that no path of the store names. If these fail, freeing space in the
// store deletes files that users see as soon as the gateway runs again.
[TestFixture]
internal sealed class StateContentsTests
{
    private readonly byte[] _bytes = StoredFiles.Bytes(seed: 1, 300_000);

    private StoreDirectory _directory = null!;
    private TemporaryDirectory _states = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new StoreDirectory();
        _states = new TemporaryDirectory();
    }

    [TearDown]
    public void TearDown()
    {
        _directory.Dispose();
        _states.Dispose();
    }

    [Test]
    public async Task FileWhosePathAnotherWriterChanged_IsReadableAfterASweep()
    {
        await WriteAndEvictAsync(_states["state"]);
        await using (var store = await _directory.OpenAsync())
        {
            await store.PutAsync("f", StoredFiles.Bytes(seed: 2, 1000));
        }

        var swept = await SweepAsync();

        Assert.That(swept.IsOk, Is.True, swept.Detail);
        Assert.That(await ReadAsync(_states["state"]), Is.EqualTo(_bytes));
    }

    [Test]
    public async Task StateThatIsMoved_IsRefused_UntilAGatewayHasUsedItThere()
    {
        await WriteAndEvictAsync(_states["state"]);
        Directory.Move(_states["state"], _states["moved"]);

        Assert.That(SweepAsync, Throws.TypeOf<StateUnavailableException>().With.Message.Contains("not there"));
        Assert.That(await ReadAsync(_states["moved"]), Is.EqualTo(_bytes));
        Assert.That((await SweepAsync()).IsOk, Is.True);
    }

    [Test]
    public async Task AnotherStateInItsPlace_IsRefused()
    {
        await WriteAndEvictAsync(_states["state"]);
        Directory.Delete(_states["state"], recursive: true);
        await ReadAsync(_states["state"]);

        Assert.That(SweepAsync, Throws.TypeOf<StateUnavailableException>().With.Message.Contains("another state"));
    }

    [Test]
    public async Task DamagedDatabase_IsRefused()
    {
        await WriteAndEvictAsync(_states["state"]);
        File.WriteAllBytes(Path.Join(_states["state"], "state.db"), new byte[8192]);

        Assert.That(SweepAsync, Throws.TypeOf<StateUnavailableException>().With.Message.Contains("cannot be read"));
    }

    private async Task WriteAndEvictAsync(string path)
    {
        await WithGatewayAsync(path, async files =>
        {
            var made = await files.CreateAsync(
                Caller.Root, InodeId.Root, FileName.From("f"), CreateMode.Guarded, default, 0, default);
            await files.WriteAsync(
                Caller.Root, made.Object!.Value.Id, 0, _bytes, Stability.FileSync, default);
            var synced = await files.SyncAsync(default, default);
            Assert.That(synced.IsOk && synced.Value.All(file => file.Failure is null), Is.True);
            Assert.That((await files.EvictAsync(default, default)).Value, Is.GreaterThan(0));
            return true;
        });
    }

    private Task<byte[]> ReadAsync(string path) => WithGatewayAsync(path, async files =>
    {
        var found = files.Lookup(Caller.Root, InodeId.Root, FileName.From("f"));
        var read = await files.ReadAsync(Caller.Root, found.Object!.Value.Id, 0, 1 << 20, default);
        Assert.That(read.Error, Is.EqualTo(VfsError.None));
        using (read.Data)
        {
            return read.Data!.Memory[..read.Count].ToArray();
        }
    });

    private async Task<T> WithGatewayAsync<T>(string path, Func<GatewayFileSystem, Task<T>> use)
    {
        await using var store = await _directory.OpenAsync();
        using var state = StateDirectory.Open(path);
        await using var files = await GatewayFileSystem.OpenAsync(
            state, store, TestGateway.Quiet, TimeProvider.System, NullLoggerFactory.Instance, default);
        return await use(files);
    }

    private async Task<CasResult<SweepSummary>> SweepAsync()
    {
        var upkeep = await _directory.OpenUpkeepAsync();
        return await upkeep.SweepAsync(
            new SweepRequest
            {
                Keep = TimeSpan.Zero,
                ReadState = (note, each) => StateContents.Read(note.Path, note.Id, upkeep.Identity, each),
            },
            default);
    }
}
