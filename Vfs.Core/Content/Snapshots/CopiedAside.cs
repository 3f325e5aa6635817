using Microsoft.Win32.SafeHandles;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Snapshots;

/// <summary>
/// Frozen bytes in the staging file itself; what a change would destroy is copied into an unnamed file first. For every
/// disk, and the cheaper way where little is frozen or nobody writes meanwhile.
/// <para>Lock: the content's, which guards everything here.</para>
/// </summary>
internal sealed class CopiedAside(Lock gate, StagingFile staging, StagingDirectory directory, RangeSet frozen)
    : IFrozenBytes
{
    private const int PieceBytes = 1 << 20;

    private readonly RangeSet _saved = new();
    private SafeFileHandle? _aside;

    public void SaveLocked(ByteRange range)
    {
        foreach (var part in frozen.Within(range))
        {
            foreach (var piece in _saved.Missing(part))
            {
                _aside ??= directory.OpenUnnamed();
                Copy(piece);
                _saved.Add(piece);
            }
        }
    }

    public void Read(ulong offset, Span<byte> into)
    {
        lock (gate)
        {
            staging.Read(offset, into);
            foreach (var saved in _saved.Within(ByteRange.At(offset, (ulong)into.Length)))
            {
                ReadAside(saved.Start, into.Slice((int)(saved.Start - offset), (int)saved.Length));
            }
        }
    }

    public void Dispose() => _aside?.Dispose();

    private void Copy(ByteRange piece)
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
