using Cas.Client;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>
/// The store is away. What the gateway knows and what clients write is its own affair; a shell that waits for ls
/// because of a store that nobody asked for anything is a hanging machine.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StoreAwayTests
{
    private const int FileBytes = 300_000;
    private const int Readers = 8;
    private const int ReadsOfAReader = 125;

    private static readonly NfsProc3[] s_all = [.. Enum.GetValues<NfsProc3>().Where(p => p != NfsProc3.NULL)];

    private readonly byte[] _bytes = RandomBytes.Of(FileBytes, 1);
    private TestGateway _gateway = null!;

    [TearDown]
    public async Task StopAsync()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [TestCaseSource(nameof(s_all))]
    [Covers("N-220")]
    public async Task OnlyAReadOfWhatIsNotHere_IsJukebox(object value)
    {
        var procedure = (NfsProc3)value;
        await StartAsync(TimeSpan.FromMilliseconds(100));
        var server = new WireServer(files: _gateway.Files);
        await _gateway.MakeDirectoryAsync("d");
        await _gateway.Files.MakeSymlinkAsync(
            Caller.Root, InodeId.Root, FileName.From("link"), "f"u8.ToArray(), default, default);
        await _gateway.MakeFileAsync("mine", [1, 2, 3]);
        _gateway.Faults.Fail(StoreCalls.All, CasError.Unreachable);

        var reply = await server.NfsAsync(procedure, Arguments(server, procedure));

        var expected = procedure == NfsProc3.READ ? NfsStat3.NFS3ERR_JUKEBOX : NfsStat3.NFS3_OK;
        Assert.That((NfsStat3)reply.U32(), Is.EqualTo(expected));
    }

    [Test]
    [Covers("N-224", "N-226")]
    public async Task AThousandReadsThatWait_HoldUpNobodyElse()
    {
        await StartAsync(TimeSpan.FromMinutes(1));
        await using var server = new ListeningServer(_gateway.Files);
        await using var mount = await NfsMount.StartAsync(server.Server.LocalEndPoint.Port);
        var file = (await mount.ListAsync(mount.Root))["f"].Handle;
        _gateway.Faults.Stall(StoreCalls.Read);
        var readers = new List<NfsMount>();
        var reads = new List<Task<byte[]>>();
        for (var i = 0; i < Readers; i++)
        {
            readers.Add(await NfsMount.StartAsync(server.Server.LocalEndPoint.Port));
            reads.AddRange(Enumerable.Range(0, ReadsOfAReader).Select(
                n => readers[^1].ReadAsync(file, n * 1000, 1000)));
        }

        Assert.That(() => server.Statistics.CallsInFlight, Is.EqualTo(reads.Count).After(30_000, 10));
        var threads = ThreadPool.ThreadCount;
        for (var i = 0; i < 500; i++)
        {
            Assert.That((await mount.GetattrAsync(file)).Status, Is.EqualTo(NfsStat3.NFS3_OK));
            await mount.CreateAsync(mount.Root, $"new{i}", CreateMode.Guarded);
        }

        Assert.That(reads.Count(read => read.IsCompleted), Is.Zero, "they wait all the time");
        Assert.That(threads, Is.LessThan(reads.Count / 4), "no thread waits with them");
        Assert.That(server.Statistics.OldestCallAge, Is.GreaterThan(TimeSpan.Zero));
        _gateway.Faults.Heal();
        for (var i = 0; i < reads.Count; i++)
        {
            var start = i % ReadsOfAReader * 1000;
            Assert.That(await reads[i], Is.EqualTo(_bytes[start..(start + 1000)]));
        }

        foreach (var reader in readers)
        {
            await reader.DisposeAsync();
        }
    }

    private async Task StartAsync(TimeSpan readWaitMax)
    {
        _gateway = await TestGateway.StartAsync(TestGateway.Quiet with { ReadWaitMax = readWaitMax });
        await _gateway.MakeStoredFileAsync("f", _bytes);
    }

    private byte[] Arguments(WireServer server, NfsProc3 procedure)
    {
        var root = server.Root;
        var file = server.Handle(_gateway.Find("f"));
        return procedure switch
        {
            NfsProc3.SETATTR => new XdrBytes().Opaque(file).Sattr(mode: 0x180, size: 5000).U32(0),
            NfsProc3.LOOKUP => new XdrBytes().Opaque(root).Text("f"),
            NfsProc3.ACCESS => new XdrBytes().Opaque(file).U32(0x3F),
            NfsProc3.READLINK => new XdrBytes().Opaque(server.Handle(_gateway.Find("link"))),
            NfsProc3.READ => new XdrBytes().Opaque(file).U64(1000).U32(100),
            NfsProc3.WRITE => new XdrBytes().Opaque(file).U64(1001).U32(3).U32(2).Opaque([7, 8, 9]),
            NfsProc3.CREATE => new XdrBytes().Opaque(root).Text("new").U32(0).Sattr(size: 0),
            NfsProc3.MKDIR => new XdrBytes().Opaque(root).Text("new").Sattr(),
            NfsProc3.SYMLINK => new XdrBytes().Opaque(root).Text("new").Sattr().Text("target"),
            NfsProc3.MKNOD => new XdrBytes().Opaque(root).Text("new").U32(7).Sattr(),
            NfsProc3.REMOVE => new XdrBytes().Opaque(root).Text("f"),
            NfsProc3.RMDIR => new XdrBytes().Opaque(root).Text("d"),
            NfsProc3.RENAME => new XdrBytes().Opaque(root).Text("f").Opaque(root).Text("g"),
            NfsProc3.LINK => new XdrBytes().Opaque(file).Opaque(root).Text("g"),
            NfsProc3.READDIR => new XdrBytes().Opaque(root).U64(0).U64(0).U32(4096),
            NfsProc3.READDIRPLUS => new XdrBytes().Opaque(root).U64(0).U64(0).U32(4096).U32(8192),
            NfsProc3.COMMIT => new XdrBytes().Opaque(server.Handle(_gateway.Find("mine"))).U64(0).U32(0),
            _ => new XdrBytes().Opaque(file),
        };
    }
}
