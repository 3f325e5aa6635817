using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Nfs.Server.Nfs3;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A way to a server on which replies are lost: of each of some procedures the first success is taken out of the
/// stream, after the server has done the call, and the connection is cut if so wanted. Whatever the client sends again
/// is let through. Records of one fragment only. The gate guards what was seen.
/// </summary>
internal sealed class LosingProxy : IAsyncDisposable
{
    private const int StatusOffset = 24;

    private readonly Lock _gate = new();
    private readonly int _serverPort;
    private readonly bool _cuts;
    private readonly HashSet<NfsProc3> _toLose;
    private readonly Dictionary<uint, NfsProc3> _asked = [];
    private readonly Dictionary<uint, byte[]> _lost = [];
    private readonly Dictionary<NfsProc3, bool> _isRepeatedAlike = [];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _allLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LosingProxy(int serverPort, bool cuts, params NfsProc3[] procedures)
    {
        _serverPort = serverPort;
        _cuts = cuts;
        _toLose = [.. procedures];
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends when a reply of each of the procedures was lost.</summary>
    public Task AllLost => _allLost.Task;

    /// <summary>
    /// The procedures whose lost reply was given again, and whether its bytes were the same.
    /// </summary>
    public Dictionary<NfsProc3, bool> Repeated()
    {
        lock (_gate)
        {
            return new(_isRepeatedAlike);
        }
    }

    /// <summary>New connections wait until <see cref="Open"/>.</summary>
    public void Close() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        using var client = accepted;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        try
        {
            (client.NoDelay, server.NoDelay) = (true, true);
            await _open.Task.WaitAsync(_ending.Token);
            await server.ConnectAsync(IPAddress.Loopback, _serverPort, _ending.Token);
            var calls = PumpAsync(client, server, NoteCall, broken.Token);
            var replies = PumpAsync(server, client, NoteReply, broken.Token);
            await Task.WhenAny(calls, replies);
            await broken.CancelAsync();
            await Task.WhenAll(calls, replies);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server is away, or the test is over.
        }
    }

    /// <summary>Passes records on until <paramref name="note"/> says where to stop, or a side is gone.</summary>
    private static async Task PumpAsync(
        Socket from, Socket to, Func<byte[], Passage> note, CancellationToken broken)
    {
        await using var stream = new NetworkStream(from);
        var mark = new byte[4];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(mark, broken);
                var word = BinaryPrimitives.ReadUInt32BigEndian(mark);
                Assert.That(word >> 31, Is.EqualTo(1), "a record in one fragment");
                var record = new byte[word & 0x7FFF_FFFF];
                await stream.ReadExactlyAsync(record, broken);
                switch (note(record))
                {
                    case Passage.Cut:
                        return;
                    case Passage.Pass:
                        await to.SendAsync(mark, SocketFlags.None, broken);
                        await to.SendAsync(record, SocketFlags.None, broken);
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
        }
    }

    private Passage NoteCall(byte[] call)
    {
        var word = (int index) => BinaryPrimitives.ReadUInt32BigEndian(call.AsSpan(4 * index));
        if (word(3) == RpcWire.Nfs)
        {
            lock (_gate)
            {
                _asked[word(0)] = (NfsProc3)word(5);
            }
        }

        return Passage.Pass;
    }

    private Passage NoteReply(byte[] reply)
    {
        var xid = BinaryPrimitives.ReadUInt32BigEndian(reply);
        lock (_gate)
        {
            if (reply.Length <= StatusOffset || !_asked.TryGetValue(xid, out var procedure))
            {
                return Passage.Pass;
            }

            if (_lost.TryGetValue(xid, out var lost))
            {
                _isRepeatedAlike[procedure] = reply.AsSpan().SequenceEqual(lost);
                return Passage.Pass;
            }

            var status = BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(StatusOffset));
            if (status != (uint)NfsStat3.NFS3_OK || !_toLose.Remove(procedure))
            {
                return Passage.Pass;
            }

            _lost.Add(xid, reply);
            if (_toLose.Count == 0)
            {
                _allLost.SetResult();
            }

            return _cuts ? Passage.Cut : Passage.Lose;
        }
    }

    private enum Passage
    {
        Pass,
        Lose,
        Cut,
    }
}
