using System.Buffers;
using System.Net;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// The bytes of a xorb that is being made, in pooled blocks: none is ever moved. Written by one thread, then read by
/// each try of its upload.
/// </summary>
internal sealed class XorbBuffer : Stream
{
    private const int BlockBytes = 1 << 20;
    private const int PieceBytes = 128 << 10;

    private readonly List<byte[]> _blocks = [];
    private long _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes as the body of a request.</summary>
    public HttpContent ToContent(long length) => new BufferContent(this, length);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var offset = (int)(_length % BlockBytes);
            if (offset == 0)
            {
                _blocks.Add(ArrayPool<byte>.Shared.Rent(BlockBytes));
            }

            var count = Math.Min(BlockBytes - offset, buffer.Length);
            buffer[..count].CopyTo(_blocks[^1].AsSpan(offset));
            buffer = buffer[count..];
            _length += count;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _blocks.ForEach(block => ArrayPool<byte>.Shared.Return(block));
        _blocks.Clear();
        base.Dispose(disposing);
    }

    private sealed class BufferContent(XorbBuffer buffer, long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // In pieces, so that a slow line shows that it moves.
            for (var done = 0L; done < length;)
            {
                var offset = (int)(done % BlockBytes);
                var count = (int)Math.Min(Math.Min(PieceBytes, BlockBytes - offset), length - done);
                await stream.WriteAsync(
                    buffer._blocks[(int)(done / BlockBytes)].AsMemory(offset, count), cancellationToken);
                done += count;
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
