using System.Net;
using System.Net.Sockets;
using Nfs.Server.Nfs3;
using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// Connections from many addresses that send garbage, halves of records and huge announced lengths, or ask for much and
/// take nothing. Those that the server closes soon come back, until the end.
/// </summary>
internal sealed class HostilePeers : IAsyncDisposable
{
    private const int Kinds = 5;
    private const int AddressesMax = 50;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Most of the longest record.</summary>
    private static readonly byte[] s_half =
        new XdrBytes().U32(0x8000_0000u | ServerLimits.RecordBytesMax).Raw(new byte[1_000_000]);

    private readonly CancellationTokenSource _ending = new();
    private readonly int _port;
    private readonly byte[] _file;
    private readonly Task[] _running;
    private int _opened;

    /// <param name="port">Of the server, on loopback.</param>
    /// <param name="count">Connections.</param>
    /// <param name="file">The handle of a file of 1 MiB.</param>
    public HostilePeers(int port, int count, byte[] file)
    {
        _port = port;
        _file = file;
        _running = [.. Enumerable.Range(0, count).Select(RunAsync)];
    }

    /// <summary>Connections that were made so far.</summary>
    public int Opened => Volatile.Read(ref _opened);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running);
        _ending.Dispose();
    }

    private async Task RunAsync(int number)
    {
        await Task.Yield();
        var random = new SplitMix64((ulong)number);
        while (!_ending.IsCancellationRequested)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveBufferSize = 4096,
            };
            try
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(number / Kinds % AddressesMax)]), 0));
                await socket.ConnectAsync(IPAddress.Loopback, _port, _ending.Token);
                Interlocked.Increment(ref _opened);
                await SendAsync(socket, Bytes(number % Kinds, random));
                await HoldAsync(socket, isReading: number % Kinds != Kinds - 1);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Refused or reset: once more.
            }

            await Task.Delay(s_pause, CancellationToken.None);
        }
    }

    private byte[] Bytes(int kind, SplitMix64 random) => kind switch
    {
        0 => Garbage(random),
        1 => s_half,
        2 => new XdrBytes().U32(0xFFFF_FFFF).Raw(new byte[1000]),
        3 => new XdrBytes().U32(0x8000_0100).Raw(Garbage(random).AsSpan(0, 100)),
        _ => Reads(),
    };

    private static byte[] Garbage(SplitMix64 random)
    {
        var bytes = new byte[4096];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.Below(256);
        }

        return bytes;
    }

    private byte[] Reads()
    {
        byte[] args = new XdrBytes().Opaque(_file).U64(0).U32(1 << 20);
        var calls = new XdrBytes();
        for (var xid = 0u; xid < 100; xid++)
        {
            calls.Raw(ListeningServer.Record(xid, NfsProc3.READ, args));
        }

        return calls;
    }

    private async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None, _ending.Token);
        }
    }

    /// <summary>Stays until the server closes the connection, or, not reading, until the end.</summary>
    private async Task HoldAsync(Socket socket, bool isReading)
    {
        if (!isReading)
        {
            await Task.Delay(Timeout.Infinite, _ending.Token);
        }

        var bytes = new byte[1024];
        while (await socket.ReceiveAsync(bytes, SocketFlags.None, _ending.Token) > 0)
        {
        }
    }
}
