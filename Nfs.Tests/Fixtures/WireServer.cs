using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Nfs.Server.Exports;
using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// The server without a transport: records in, replies out, over an <see cref="InMemoryFileSystem"/>. Each
/// <see cref="RpcPeer"/> is a connection.
/// </summary>
internal sealed class WireServer
{
    public static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    /// <summary>Networks of an export that takes calls from everywhere.</summary>
    public static readonly IPNetwork[] Everywhere = [IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")];

    private static uint s_servers;

    private readonly uint _exportId;

    // The calls of a server after a restart are no retransmissions of those before.
    private uint _xid = Interlocked.Increment(ref s_servers) << 16;

    /// <summary>One export, for everybody if it does not say for whom.</summary>
    public WireServer(Export? export = null, DuplicateRequestCache? replies = null, IFileSystem? files = null)
    {
        var rules = export ?? new Export { Squash = Squash.None, Fsid = 77 };
        rules = rules.Networks.Count > 0 ? rules : rules with { Networks = Everywhere };
        Replies = replies ?? new DuplicateRequestCache(1 << 20, 1000);
        (_exportId, Dispatcher) = (rules.Id, Build([new ExportedTree(rules, files ?? Files)]));
    }

    /// <summary>Several exports; what gives handles is about the first.</summary>
    public WireServer(params ExportedTree[] exports)
    {
        Replies = new DuplicateRequestCache(1 << 20, 1000);
        (_exportId, Dispatcher) = (exports[0].Export.Id, Build(exports));
    }

    public InMemoryFileSystem Files { get; } = new();

    public Nfs3Counters Counters { get; } = new();

    public FileHandleCodec Handles { get; } = new(Key.AsSpan(0, 16));

    public DuplicateRequestCache Replies { get; }

    public RpcDispatcher Dispatcher { get; }

    public RpcPeer Peer { get; } = NewPeer("10.0.0.1");

    public static RpcPeer NewPeer(string address, int port = 900) =>
        new(ClientAddress.From(IPAddress.Parse(address)), port);

    public byte[] Handle(InodeId id, uint? exportId = null)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        Handles.Encode(exportId ?? _exportId, id, handle);
        return handle;
    }

    public byte[] Root => Handle(InodeId.Root);

    /// <summary>Sends raw bytes; null if nothing is answered.</summary>
    public async Task<byte[]?> SendAsync(byte[] record, RpcPeer? peer = null)
    {
        var call = new RpcCall();
        call.Begin(peer ?? Peer, record);
        var outcome = await Dispatcher.DispatchAsync(call, CancellationToken.None);
        if (outcome != RpcOutcome.Reply)
        {
            return null;
        }

        var reply = new XdrBytes().Raw(call.Reply.Written);
        var length = call.PayloadLength;
        using var payload = call.MovePayload();
        if (payload is not null)
        {
            reply.Raw(payload.Memory.Span[..length]);
            reply.Raw(new byte[((length + 3) & ~3) - length]);
        }

        return reply;
    }

    /// <summary>Calls an NFS procedure and reads the head of the reply, which must be a success.</summary>
    public async Task<WireReply> NfsAsync(NfsProc3 procedure, byte[] args, byte[]? credential = null)
    {
        var xid = ++_xid;
        var reply = await SendAsync(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)procedure, args, credential));
        return new WireReply(reply!).Accepted(xid);
    }

    /// <summary>As <see cref="NfsAsync"/>, but the RPC layer answers with <paramref name="status"/>.</summary>
    public async Task FailAsync(NfsProc3 procedure, byte[] args, AcceptStat status)
    {
        var xid = ++_xid;
        var reply = await SendAsync(RpcWire.Call(xid, RpcWire.Nfs, 3, (uint)procedure, args));
        Assert.That(new WireReply(reply!).Accepted(xid, (uint)status).Left, Is.Zero);
    }

    public async Task<WireReply> MountAsync(MountProc3 procedure, byte[] args, RpcPeer? peer = null)
    {
        var xid = ++_xid;
        var reply = await SendAsync(RpcWire.Call(xid, RpcWire.Mount, 3, (uint)procedure, args), peer);
        return new WireReply(reply!).Accepted(xid);
    }

    private RpcDispatcher Build(ExportedTree[] trees)
    {
        var exports = new ExportTable(trees);
        var policy = new ExportPolicy(exports);
        return new RpcDispatcher(
            [
                new Nfs3Program(new Nfs3Server(exports, Handles, policy, Counters)),
                new Mount3Program(exports, Handles, policy),
            ],
            new RequestDigest(Key.AsSpan(16)),
            Replies,
            NullLogger.Instance);
    }
}
