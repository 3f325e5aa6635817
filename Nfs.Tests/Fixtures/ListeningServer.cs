using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Server;
using Nfs.Server.Cli;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>A real server that listens on loopback, over files in memory or others, and calls to send to it.</summary>
internal sealed class ListeningServer : IAsyncDisposable
{
    private readonly FileHandleCodec _handles = new(WireServer.Key.AsSpan(0, 16));

    public ListeningServer(IFileSystem? files = null) => Server = Start(files ?? Files);

    public NfsServer Server { get; }

    /// <summary>What is served unless other files were given.</summary>
    public InMemoryFileSystem Files { get; } = new();

    public byte[] Root => Handle(InodeId.Root);

    public NfsServerStatistics Statistics => Server.GetStatistics();

    /// <param name="from">A loopback address; each address is a client of its own.</param>
    /// <param name="receiveBufferBytes">Small for a connection that takes little before the server has to wait.</param>
    public WireClient Connect(string? from = null, int? receiveBufferBytes = null) =>
        new(Server.LocalEndPoint, receiveBufferBytes, from is null ? null : IPAddress.Parse(from));

    /// <summary>Starts the server alone: on a free port unless told otherwise.</summary>
    public static NfsServer Start(IFileSystem files, IPEndPoint? endPoint = null, TimeProvider? clock = null) =>
        NfsServer.Start(
            BoundSocket.Listen(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0), Flags.Listen.Name),
            new NfsServerOptions { HandleKey = WireServer.Key },
            [new ExportedTree(new Export { Squash = Squash.None }, files)],
            clock ?? TimeProvider.System,
            NullLoggerFactory.Instance);

    public byte[] Handle(InodeId id)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        _handles.Encode(new Export().Id, id, handle);
        return handle;
    }

    /// <summary>A call as a record in one fragment.</summary>
    public static byte[] Record(uint xid, NfsProc3 procedure, byte[] args, byte[]? credential = null) =>
        RpcWire.Record(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)procedure, args, credential));

    public byte[] Getattr(uint xid) => Record(xid, NfsProc3.GETATTR, new XdrBytes().Opaque(Root));

    public byte[] Mkdir(uint xid, string name) =>
        Record(xid, NfsProc3.MKDIR, new XdrBytes().Opaque(Root).Text(name).Sattr());

    public byte[] Read(uint xid, InodeId file, int count) =>
        Record(xid, NfsProc3.READ, new XdrBytes().Opaque(Handle(file)).U64(0).U32((uint)count));

    /// <summary>A new client asks for something and gets it.</summary>
    public async Task AssertServesAsync()
    {
        using var client = Connect();
        await client.SendAsync(Getattr(7));
        Assert.That(new WireReply((await client.ReceiveAsync())!).Accepted(7).U32(), Is.Zero);
    }

    /// <summary>All connections end, and nothing of theirs is left.</summary>
    public void AssertComesToRest()
    {
        Assert.That(() => Statistics.Connections, Is.Zero.After(10_000, 5));
        Assert.That(() => (Statistics.CallsInFlight, Statistics.BytesInFlight), Is.EqualTo((0, 0L)).After(10_000, 5));
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
