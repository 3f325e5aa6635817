using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>A raw TCP connection to a server: sends bytes as they are, receives whole records.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    public WireClient(IPEndPoint server, int? receiveBufferBytes = null, IPAddress? from = null)
    {
        Socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
        {
            Socket.ReceiveBufferSize = bytes;
        }

        if (from is not null)
        {
            Socket.Bind(new IPEndPoint(from, 0));
        }

        Socket.Connect(server);
    }

    public Socket Socket { get; }

    public async Task SendAsync(byte[] bytes)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await Socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None, deadline.Token);
        }
    }

    /// <summary>The next record, or null when the server has closed the connection.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var mark = await ReceiveAsync(4);
        if (mark is null)
        {
            return null;
        }

        var word = BinaryPrimitives.ReadUInt32BigEndian(mark);
        Assert.That(word >> 31, Is.EqualTo(1), "a reply in one fragment");
        return await ReceiveAsync((int)(word & 0x7FFF_FFFF));
    }

    public async Task<bool> IsClosedByServerAsync() => await ReceiveAsync() is null;

    public void Dispose() => Socket.Dispose();

    private async Task<byte[]?> ReceiveAsync(int length)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        var bytes = new byte[length];
        for (var received = 0; received < length;)
        {
            int count;
            try
            {
                count = await Socket.ReceiveAsync(bytes.AsMemory(received), SocketFlags.None, deadline.Token);
            }
            catch (SocketException)
            {
                return null;
            }

            if (count == 0)
            {
                return null;
            }

            received += count;
        }

        return bytes;
    }
}
