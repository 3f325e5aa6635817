using Nfs.Server;
using Nfs.Server.Exports;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A real server on loopback over a file system, and connections that ask for bytes of one file and take the answers
/// when they like.
/// </summary>
internal sealed class ReadingClient(IFileSystem files) : IAsyncDisposable
{
    private const uint Marker = uint.MaxValue;

    private readonly NfsServer _server = ListeningServer.Start(files);

    private readonly FileHandleCodec _handles = new(WireServer.Key.AsSpan(0, 16));
    private readonly List<WireClient> _connections = [];

    /// <summary>A connection that takes little before the server has to wait.</summary>
    public WireClient Connect()
    {
        var connection = new WireClient(_server.LocalEndPoint, 4096);
        _connections.Add(connection);
        return connection;
    }

    public Task AskAsync(WireClient connection, uint xid, InodeId file, ulong offset, int count)
    {
        byte[] args = new XdrBytes().Opaque(Handle(file)).U64(offset).U32((uint)count);
        return connection.SendAsync(
            RpcWire.Record(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)NfsProc3.READ, args)));
    }

    /// <summary>
    /// Asks for a file's bytes in calls of 1 MiB, their number the offset in MiB, on a connection that takes no answer
    /// yet; completes when the server has found the bytes of all.
    /// </summary>
    public async Task<WireClient> AskForAllAsync(InodeId file, int calls)
    {
        var connection = Connect();
        for (var i = 0; i < calls; i++)
        {
            await AskAsync(connection, (uint)i, file, (ulong)i << 20, 1 << 20);
        }

        // Calls of a connection are begun in their order.
        byte[] args = new XdrBytes().Opaque(Handle(file));
        var seen = MarkersSeen();
        await connection.SendAsync(
            RpcWire.Record(RpcWire.Call(Marker, RpcWire.Nfs, 3, (uint)NfsProc3.GETATTR, args)));
        Assert.That(MarkersSeen, Is.GreaterThan(seen).After(30_000, 2));
        return connection;
    }

    /// <summary>The next answer to a READ; null if the server closed the connection.</summary>
    public static async Task<(uint Xid, NfsStat3 Status, byte[] Bytes)?> TakeAsync(WireClient connection)
    {
        if (await connection.ReceiveAsync() is not { } record)
        {
            return null;
        }

        var xid = new WireReply(record).U32();
        if (xid == Marker)
        {
            return await TakeAsync(connection);
        }

        var reply = new WireReply(record).Accepted(xid);
        var status = (NfsStat3)reply.U32();
        reply.PostOp();
        if (status != NfsStat3.NFS3_OK)
        {
            return (xid, status, []);
        }

        reply.U64();
        var bytes = reply.Opaque();
        Assert.That(reply.Left, Is.Zero);
        return (xid, status, bytes);
    }

    /// <summary>Asks on a connection of its own and takes the answer.</summary>
    public async Task<(NfsStat3 Status, byte[] Bytes)> ReadAsync(InodeId file, ulong offset, int count)
    {
        var connection = Connect();
        await AskAsync(connection, 1, file, offset, count);
        var answer = await TakeAsync(connection);
        Assert.That(answer, Is.Not.Null, "the connection was closed");
        return (answer!.Value.Status, answer.Value.Bytes);
    }

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        await _server.DisposeAsync();
    }

    private long MarkersSeen() => _server.GetStatistics().Calls.Single(c => c.Key == "GETATTR").Value;

    private byte[] Handle(InodeId file)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        _handles.Encode(new Export().Id, file, handle);
        return handle;
    }
}
