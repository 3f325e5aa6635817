using Cas.Client;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Snapshots;

/// <summary>
/// The bytes of a file at the moment at which a flush froze them, while clients go on writing: frozen ranges as they were
/// then, everything else from the base, which never changes.
/// </summary>
internal sealed class FlushSnapshot(
    IFrozenBytes bytes, IContentStore store, ContentId basis, ulong size, RangeSet frozen) : IContentSource, IDisposable
{
    private const int PieceBytes = 1 << 20;

    /// <inheritdoc/>
    public ulong Length => size;

    public ContentId Base => basis;

    public RangeSet Frozen => frozen;

    /// <summary>Saves what a write or a punch of <paramref name="range"/> would destroy. Under the content's lock.</summary>
    public void SaveLocked(ByteRange range) => bytes.SaveLocked(range);

    /// <inheritdoc/>
    public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset + (ulong)destination.Length > size)
        {
            throw new IOException("a read past the end of the snapshot");
        }

        while (!destination.IsEmpty)
        {
            var window = ByteRange.At(offset, (ulong)Math.Min(destination.Length, PieceBytes));
            var piece = destination[..(int)window.Length];
            await ReadPieceAsync(window, piece, cancellationToken);
            destination = destination[piece.Length..];
            offset = window.End;
        }
    }

    public void Dispose() => bytes.Dispose();

    private async ValueTask ReadPieceAsync(ByteRange window, Memory<byte> into, CancellationToken cancellationToken)
    {
        foreach (var hole in frozen.Missing(window))
        {
            var part = into.Slice((int)(hole.Start - window.Start), (int)hole.Length);
            var read = await store.ReadAsync(basis, hole.Start, part, cancellationToken);
            if (!read.IsOk || read.Value != part.Length)
            {
                throw new IOException($"the base cannot be read: {read.Detail ?? $"{read.Value} bytes came"}");
            }
        }

        foreach (var part in frozen.Within(window))
        {
            bytes.Read(part.Start, into.Span.Slice((int)(part.Start - window.Start), (int)part.Length));
        }
    }
}
