using System.Net.Sockets;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Sends an input to a listening server as all that comes on a connection: each call has one reply, then the server
/// closes the connection, and it serves the next one.
/// </summary>
internal sealed class ConnectionTarget(FuzzedTree tree) : IDisposable
{
    private readonly ListeningServer _server = new(tree.Files);

    /// <summary>A loop over whole connections.</summary>
    public FuzzLoop Loop(ulong seed)
    {
        byte[][] samples = [.. tree.Samples.Chunk(3).Select(
            calls => (byte[])new XdrBytes().Raw([.. calls.SelectMany(call => RpcWire.Fragments(call, 17))]))];
        return new FuzzLoop(samples, input => Serve(input).GetAwaiter().GetResult(), Expect.IsRefusal, seed,
            StreamMutation.Apply)
        {
            AllocationSlack = 64 << 20,
            MutationsMax = 4,
        };
    }

    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task Serve(byte[] input)
    {
        var (records, isBroken) = FramedStream.Of(input).Read();
        CallFields[] calls = [.. records.Select(CallFields.Of)];
        using var client = _server.Connect();
        var replies = await ExchangeAsync(client, input);

        var unanswered = calls.Select(call => call.Xid).ToList();
        foreach (var xid in replies)
        {
            Expect.That(unanswered.Remove(xid), $"a reply to nobody, {xid:x8}");
        }

        if (isBroken || !calls.All(call => call.IsUnderstood))
        {
            throw new RefusedException("closed, or some calls refused");
        }

        Expect.That(unanswered.Count == 0, $"{unanswered.Count} calls without a reply");
    }

    private static async Task<List<uint>> ExchangeAsync(WireClient client, byte[] input)
    {
        var replies = new List<uint>();
        try
        {
            await client.SendAsync(input);
            client.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server has closed already; it may do so as soon as it sees why.
        }

        while (await client.ReceiveAsync() is { } reply)
        {
            replies.Add(new WireReply(reply).U32());
        }

        return replies;
    }
}
