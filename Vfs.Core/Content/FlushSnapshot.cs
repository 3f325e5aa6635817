using Cas.Client;
using Microsoft.Win32.SafeHandles;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// The bytes of a file at the moment at which a flush froze them, while clients go on writing: frozen ranges come from
/// the staging file, and what a write is about to replace there is saved aside first; everything else comes from the
/// base, which never changes. All of it is read under the content's lock, a piece at a time.
/// </summary>
internal sealed class FlushSnapshot(FileContent content, IContentStore store, ContentId basis, ulong size, RangeSet frozen)
    : IContentSource, IDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly RangeSet _saved = new();      // Guarded by the content's lock.
    private SafeFileHandle? _aside;                // Guarded by the content's lock.

    /// <inheritdoc/>
    public ulong Length => size;

    public ContentId Base => basis;

    public RangeSet Frozen => frozen;

    /// <summary>Saves what a write or a punch of <paramref name="range"/> would destroy. Under the content's lock.</summary>
    public void SaveLocked(ByteRange range, StagingFile staging, StagingDirectory directory)
    {
        foreach (var part in frozen.Within(range))
        {
            foreach (var piece in _saved.Missing(part))
            {
                _aside ??= directory.OpenUnnamed();
                Copy(staging, piece);
                _saved.Add(piece);
            }
        }
    }

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

    public void Dispose() => _aside?.Dispose();

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

        lock (content.Gate)
        {
            foreach (var part in frozen.Within(window))
            {
                var bytes = into.Span.Slice((int)(part.Start - window.Start), (int)part.Length);
                content.Staging.Read(part.Start, bytes);
                foreach (var saved in _saved.Within(part))
                {
                    ReadAside(saved.Start, bytes.Slice((int)(saved.Start - part.Start), (int)saved.Length));
                }
            }
        }
    }

    private void Copy(StagingFile staging, ByteRange piece)
    {
        var buffer = new byte[Math.Min(piece.Length, PieceBytes)];
        for (var at = piece.Start; at < piece.End; at += (ulong)buffer.Length)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, piece.End - at));
            staging.Read(at, bytes);
            RandomAccess.Write(_aside!, bytes, (long)at);
        }
    }

    private void ReadAside(ulong offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var count = RandomAccess.Read(_aside!, into, (long)offset);
            if (count == 0)
            {
                throw new IOException("the bytes saved aside are gone");
            }

            into = into[count..];
            offset += (ulong)count;
        }
    }
}
