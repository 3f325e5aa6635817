using Microsoft.AspNetCore.Http;

namespace XetHub.Faults;

/// <summary>The body of a request or an answer on a line that something is wrong with. Borrows the body.</summary>
internal sealed class FaultyBody(HttpContext context, Stream body, IReadOnlyList<SetFault> faults) : Stream
{
    /// <summary>Each part may wait for a timer: small ones would make a fast line slower than it is.</summary>
    private const int PartBytes = 256 << 10;

    private readonly long _cutAt = faults.Min(fault => fault.Fault.CutAfter) ?? long.MaxValue;
    private long _written;

    public override bool CanRead => body.CanRead;

    public override bool CanWrite => body.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer[..Math.Min(buffer.Length, PartBytes)], cancellationToken);
        foreach (var fault in faults)
        {
            await fault.Up.SendAsync(count, cancellationToken);
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && _written < _cutAt)
        {
            var part = buffer[..(int)Math.Min(Math.Min(buffer.Length, PartBytes), _cutAt - _written)];
            foreach (var fault in faults)
            {
                await fault.Down.SendAsync(part.Length, cancellationToken);
            }

            await body.WriteAsync(Spoil(part), cancellationToken);
            _written += part.Length;
            buffer = buffer[part.Length..];
        }

        if (!buffer.IsEmpty)
        {
            await body.FlushAsync(cancellationToken);
            context.Abort();
            throw new IOException("the answer was cut");
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => body.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private ReadOnlyMemory<byte> Spoil(ReadOnlyMemory<byte> part)
    {
        foreach (var fault in faults)
        {
            var at = fault.Fault.WrongByteAt - _written;
            if (at >= 0 && at < part.Length)
            {
                var copy = part.ToArray();
                copy[(int)at] ^= 0x20;
                part = copy;
            }
        }

        return part;
    }
}
