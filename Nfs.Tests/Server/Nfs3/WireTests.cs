using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>What tests share that ask a real gateway on raw bytes, without a transport.</summary>
internal abstract class WireTests
{
    protected ManualClock Clock { get; private set; } = null!;

    protected TestGateway Gateway { get; private set; } = null!;

    protected WireServer Server { get; private set; } = null!;

    protected byte[] Root => Server.Root;

    [SetUp]
    public async Task StartAsync()
    {
        Clock = new ManualClock();
        Gateway = await TestGateway.StartAsync(null, Clock);
        Server = new WireServer(files: Gateway.Files);
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(Root).Sattr(0x1FF).U32(0));
    }

    [TearDown]
    public async Task StopAsync()
    {
        Gateway.Faults.Heal();
        await Gateway.DisposeAsync();
    }

    /// <summary>Ends the gateway in an orderly way and starts it again.</summary>
    protected Task ReopenAsync() => ReopenAsync(Gateway.Options);

    /// <summary>The same with other options.</summary>
    protected async Task ReopenAsync(GatewayOptions options)
    {
        await Gateway.ReopenAsync(options);
        Server = new WireServer(files: Gateway.Files);
    }

    /// <summary>Calls a procedure that must succeed; gives the results behind the status.</summary>
    protected async Task<WireReply> OkAsync(NfsProc3 procedure, byte[] args, byte[]? credential = null)
    {
        var reply = await Server.NfsAsync(procedure, args, credential);
        Assert.That((NfsStat3)reply.U32(), Is.EqualTo(NfsStat3.NFS3_OK), procedure.ToString());
        return reply;
    }

    protected async Task<NfsStat3> StatusAsync(NfsProc3 procedure, byte[] args, byte[]? credential = null) =>
        (NfsStat3)(await Server.NfsAsync(procedure, args, credential)).U32();

    protected async Task<WireAttributes> GetattrAsync(byte[] handle) =>
        (await OkAsync(NfsProc3.GETATTR, new XdrBytes().Opaque(handle))).Attributes();

    /// <summary>Makes a file and gives its handle.</summary>
    protected Task<byte[]> CreateAsync(byte[] directory, string name, uint mode = 0x1A4) =>
        MakeAsync(NfsProc3.CREATE, new XdrBytes().Opaque(directory).Text(name).U32(1).Sattr(mode));

    /// <summary>Makes a directory and gives its handle.</summary>
    protected Task<byte[]> MkdirAsync(byte[] directory, string name, uint mode = 0x1FF) =>
        MakeAsync(NfsProc3.MKDIR, new XdrBytes().Opaque(directory).Text(name).Sattr(mode));

    /// <summary>Makes a symbolic link and gives its handle.</summary>
    protected Task<byte[]> SymlinkAsync(byte[] directory, string name, string target) =>
        MakeAsync(NfsProc3.SYMLINK, new XdrBytes().Opaque(directory).Text(name).Sattr().Text(target));

    protected async Task<byte[]> MakeAsync(NfsProc3 procedure, byte[] args) =>
        (await OkAsync(procedure, args)).PostOpHandle()!;

    protected async Task<(byte[] Handle, WireAttributes? Attributes)> LookupAsync(byte[] directory, string name)
    {
        var reply = await OkAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(directory).Text(name));
        return (reply.Opaque(), reply.PostOp());
    }

    /// <summary>Writes with FILE_SYNC.</summary>
    protected async Task WriteAsync(byte[] file, ulong offset, byte[] bytes)
    {
        var args = new XdrBytes().Opaque(file).U64(offset).U32((uint)bytes.Length).U32((uint)Stability.FileSync);
        await OkAsync(NfsProc3.WRITE, args.Opaque(bytes));
    }

    protected async Task<byte[]> ReadAsync(byte[] file, ulong offset, uint count)
    {
        var reply = await OkAsync(NfsProc3.READ, new XdrBytes().Opaque(file).U64(offset).U32(count));
        reply.PostOp();
        reply.U64();
        return reply.Opaque();
    }
}
