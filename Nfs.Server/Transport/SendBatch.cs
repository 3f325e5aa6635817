using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Transport;

/// <summary>
/// Replies that go out together, in pieces: small ones copied one behind the other, long ones and file bytes from
/// where they are. Filled by whoever finishes calls, under the queue's lock; then sent by one sender.
/// </summary>
internal sealed class SendBatch
{
    private const uint LastFragment = 0x8000_0000;

    private readonly List<Piece> _pieces = [];

    // Arrays for copied replies. Several pieces may lie in one, so they go back together.
    private readonly List<byte[]> _rented = [];

    private byte[]? _step;
    private byte[] _copied = []; // The last of them.
    private int _copiedLength;
    private int _sentPieces;
    private int _sentBytes;
    private int _readyEnd;

    /// <summary>Replies in the batch.</summary>
    public int Calls { get; private set; }

    /// <summary>What the calls were charged with.</summary>
    public long Charged { get; private set; }

    public bool IsEmpty => Calls == 0;

    public bool IsSent => _sentPieces == _pieces.Count;

    /// <summary>The bytes to send next.</summary>
    public ReadOnlyMemory<byte> Current => _pieces[_sentPieces].Memory[_sentBytes..];

    /// <summary>
    /// A first part of <see cref="Current"/> that may wait for the socket. Bytes of a file are copied for that: they must
    /// not be pinned while the peer makes up its mind.
    /// </summary>
    /// <exception cref="IOException">The disk cannot give them.</exception>
    public ReadOnlyMemory<byte> TakeStep()
    {
        var current = Current;
        if (_pieces[_sentPieces].Owner is not IFileBytes file)
        {
            return current[..Math.Min(current.Length, ServerLimits.SendStepBytes)];
        }

        _step ??= GC.AllocateUninitializedArray<byte>(ServerLimits.SendFileStepBytes, pinned: true);
        var step = _step.AsMemory(0, Math.Min(current.Length, _step.Length));
        file.CopyTo(_sentBytes, step.Span);
        return step;
    }

    /// <summary>
    /// Pieces that can be sent without waiting for the disk; the first may be sent in part, see <see cref="Current"/>.
    /// </summary>
    public ReadOnlySpan<Piece> Ready => CollectionsMarshal.AsSpan(_pieces)[_sentPieces.._readyEnd];

    /// <summary>Adds a reply with its record mark and takes over what it holds; the call is free afterwards.</summary>
    public void Add(RpcCall call, long charged)
    {
        var payloadLength = call.PayloadLength;
        var padding = XdrWriter.Padded(payloadLength) - payloadLength;
        var total = call.Reply.Length + payloadLength + padding;
        BinaryPrimitives.WriteUInt32BigEndian(Append(sizeof(uint)), LastFragment | (uint)total);
        AddReply(call.Reply);
        if (call.MovePayload() is { } payload)
        {
            AddPayload(payload, payloadLength);
            Append(padding).Clear();
        }

        Calls++;
        Charged += charged;
    }

    /// <summary>
    /// Finds the next <see cref="Ready"/> pieces: file bytes may have left memory since the READ, because the peer took
    /// its time.
    /// </summary>
    public async ValueTask ReadyAsync()
    {
        _readyEnd = _sentPieces;
        for (var bytes = 0; _readyEnd < _pieces.Count && bytes < ServerLimits.SendReadyBytes; _readyEnd++)
        {
            var piece = _pieces[_readyEnd];
            bytes += piece.Memory.Length;
            if (piece.Owner is IFileBytes file)
            {
                await file.ReadyAsync();
            }
        }
    }

    /// <summary>Says that the first <paramref name="count"/> unsent bytes are sent, and lets go of them.</summary>
    public void Consume(long count)
    {
        while (count > 0)
        {
            var left = _pieces[_sentPieces].Memory.Length - _sentBytes;
            if (count < left)
            {
                _sentBytes += (int)count;
                return;
            }

            count -= left;
            _pieces[_sentPieces].Release();
            _sentPieces++;
            _sentBytes = 0;
        }
    }

    /// <summary>Lets go of everything and starts anew.</summary>
    public void Reset()
    {
        for (; _sentPieces < _pieces.Count; _sentPieces++)
        {
            _pieces[_sentPieces].Release();
        }

        _pieces.Clear();
        foreach (var array in _rented)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        _rented.Clear();
        _copied = [];
        (_copiedLength, _sentPieces, _sentBytes, _readyEnd, Calls, Charged) = (0, 0, 0, 0, 0, 0);
    }

    private void AddReply(XdrBuffer reply)
    {
        if (reply.Length > ServerLimits.CopiedReplyBytesMax && reply.TryMove(out var array, out var length))
        {
            _pieces.Add(new Piece(array.AsMemory(0, length), array, null));
            return;
        }

        reply.Written.CopyTo(Append(reply.Length));
    }

    private void AddPayload(IMemoryOwner<byte> payload, int length)
    {
        if (length > ServerLimits.CopiedReplyBytesMax)
        {
            _pieces.Add(new Piece(payload.Memory[..length], null, payload));
            return;
        }

        payload.Memory.Span[..length].CopyTo(Append(length));
        payload.Dispose();
    }

    /// <summary>Room for copied bytes, which becomes part of the last piece if that one ends here.</summary>
    private Span<byte> Append(int length)
    {
        if (length == 0)
        {
            return default;
        }

        if (_copied.Length - _copiedLength < length)
        {
            _copied = ArrayPool<byte>.Shared.Rent(ServerLimits.SendBytes);
            _copiedLength = 0;
            _rented.Add(_copied);
        }

        var start = _copiedLength;
        _copiedLength += length;
        if (_pieces.Count > 0 && _pieces[^1].TryExtend(_copied, start, length, out var longer))
        {
            _pieces[^1] = longer;
        }
        else
        {
            _pieces.Add(new Piece(_copied.AsMemory(start, length), null, null));
        }

        return _copied.AsSpan(start, length);
    }
}
