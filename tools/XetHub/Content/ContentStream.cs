using Cas.Client.Reconstruction;

namespace XetHub.Content;

/// <summary>The bytes of a file, put together as they are read: for people who fetch it with a browser.</summary>
internal sealed class ContentStream(RecipeReader reader, FileRecipe recipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => (long)recipe.Length;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) =>
        Read(buffer.AsSpan(offset, count), CancellationToken.None);

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => Read(buffer.Span, cancellationToken), cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Read(Span<byte> buffer, CancellationToken cancellationToken)
    {
        var count = (int)Math.Clamp(Length - Position, 0, buffer.Length);
        reader.Read(recipe, (ulong)Position, buffer[..count], cancellationToken);
        Position += count;
        return count;
    }
}
