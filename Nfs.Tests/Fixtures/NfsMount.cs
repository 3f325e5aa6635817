using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using NUnit.Framework;
using Nfs.Server.Nfs3;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// One mount as a kernel's client has it: a connection that is made again whenever it breaks, on which calls without
/// an answer are then sent again with the same xid, and calls answered with JUKEBOX are made anew after a while. Any
/// number of calls may be in flight. The gate guards the unanswered calls and the way to the present connection.
/// </summary>
internal sealed class NfsMount : IAsyncDisposable
{
    // R-9, with restarts of the server in between; far longer than anything takes.
    private static readonly TimeSpan s_answerDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_reconnectPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_jukeboxPause = TimeSpan.FromMilliseconds(50);

    private readonly IPEndPoint _server;
    private readonly IPAddress _from;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<uint, Call> _unanswered = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private Channel<Call>? _toSend;
    private Exception? _failure;
    private uint _xid;
    private int _answers;

    private NfsMount(IPEndPoint server, IPAddress from)
    {
        _server = server;
        _from = from;
        _running = RunAsync();
    }

    /// <summary>Answers so far.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>The handle of the export.</summary>
    public byte[] Root { get; private set; } = [];

    /// <param name="port">Of NFS and MOUNT on loopback.</param>
    /// <param name="from">A loopback address; each address is a client of its own.</param>
    /// <param name="path">What to mount.</param>
    public static async Task<NfsMount> StartAsync(int port, IPAddress? from = null, string path = "/")
    {
        var mount = new NfsMount(new IPEndPoint(IPAddress.Loopback, port), from ?? IPAddress.Loopback);
        var reply = await mount.SendAsync(RpcWire.Mount, 1, new XdrBytes().Text(path));
        Assert.That(reply.U32(), Is.Zero, "MNT");
        mount.Root = reply.Opaque();
        return mount;
    }

    /// <summary>Makes an NFS call as root; gives the status and the results behind it.</summary>
    public async Task<(NfsStat3 Status, WireReply Results)> CallAsync(NfsProc3 procedure, XdrBytes arguments)
    {
        byte[] bytes = arguments;
        while (true)
        {
            var reply = await SendAsync(RpcWire.Nfs, (uint)procedure, bytes);
            var status = (NfsStat3)reply.U32();
            if (status != NfsStat3.NFS3ERR_JUKEBOX)
            {
                return (status, reply);
            }

            await Task.Delay(s_jukeboxPause, _ending.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private Task<WireReply> SendAsync(uint program, uint procedure, byte[] arguments)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw new AssertionException("the mount has failed before", _failure);
            }

            var xid = _xid++;
            var call = new Call(xid, RpcWire.Record(RpcWire.Call(xid, program, 3, procedure, arguments)));
            _unanswered.Add(xid, call);
            _toSend?.Writer.TryWrite(call);
            return call.Answer.Task.WaitAsync(s_answerDeadline, CancellationToken.None);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await ConnectAsync();
                await ServeAsync(socket);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            Fail(new ObjectDisposedException(nameof(NfsMount)));
        }
        catch (AssertionException e)
        {
            Fail(e);
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(_from, 0));
                await socket.ConnectAsync(_server, _ending.Token);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(s_reconnectPause, _ending.Token);
            }
        }
    }

    /// <summary>Sends what has no answer and what comes, and hands answers out, until the connection breaks.</summary>
    private async Task ServeAsync(Socket socket)
    {
        var toSend = Channel.CreateUnbounded<Call>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            foreach (var call in _unanswered.Values)
            {
                toSend.Writer.TryWrite(call);
            }

            _toSend = toSend;
        }

        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        var sending = SendAllAsync(socket, toSend.Reader, broken.Token);
        try
        {
            await ReceiveAllAsync(socket, broken.Token);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
        }
        finally
        {
            await broken.CancelAsync();
            await sending;
        }

        _ending.Token.ThrowIfCancellationRequested();
    }

    private static async Task SendAllAsync(Socket socket, ChannelReader<Call> calls, CancellationToken broken)
    {
        try
        {
            await foreach (var call in calls.ReadAllAsync(broken))
            {
                for (var sent = 0; sent < call.Record.Length;)
                {
                    sent += await socket.SendAsync(call.Record.AsMemory(sent), broken);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The receiver sees the break too, and makes a new connection.
        }
    }

    private async Task ReceiveAllAsync(Socket socket, CancellationToken broken)
    {
        await using var stream = new NetworkStream(socket);
        var mark = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(mark, broken);
            var word = BinaryPrimitives.ReadUInt32BigEndian(mark);
            Assert.That(word >> 31, Is.EqualTo(1), "a reply in one fragment");
            var record = new byte[word & 0x7FFF_FFFF];
            await stream.ReadExactlyAsync(record, broken);
            Answer(record);
        }
    }

    private void Answer(byte[] record)
    {
        Call? call;
        lock (_gate)
        {
            var xid = BinaryPrimitives.ReadUInt32BigEndian(record);
            Assert.That(_unanswered.Remove(xid, out call), Is.True, $"R-9: a second answer to call {xid}");
        }

        Interlocked.Increment(ref _answers);
        call!.Answer.SetResult(new WireReply(record).Accepted(call.Xid));
    }

    private void Fail(Exception failure)
    {
        List<Call> calls;
        lock (_gate)
        {
            _failure = failure;
            calls = [.. _unanswered.Values];
            _unanswered.Clear();
        }

        calls.ForEach(call => call.Answer.SetException(failure));
    }

    private sealed record Call(uint Xid, byte[] Record)
    {
        public TaskCompletionSource<WireReply> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
