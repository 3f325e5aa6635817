using System.Buffers.Binary;

namespace Nfs.Server.Transport;

/// <summary>
/// Record marking (RFC 5531 section 11): turns received bytes into records. The transport receives into
/// <see cref="GetSpace"/>, says how much came with <see cref="Advance"/>, and takes records until there are none.
/// A record lies in one piece: fragments are moved together inside the buffer, each byte at most once. A record that
/// outgrows the buffer moves to a large one when enough of it has arrived.
/// <para>Owned by one receive loop. A record stays valid until the next <see cref="GetSpace"/>; who needs it longer
/// shares the buffer.</para>
/// </summary>
internal sealed class RecordReader(BufferPool pool, FlowGate gate) : IDisposable
{
    private const int MarkBytes = 4;
    private const uint LastFragment = 0x8000_0000;

    // What is in the buffer:  taken | _recordStart: assembled | gap | _read: unparsed | _write: free
    private PooledBuffer _buffer = pool.Rent(isLarge: false, gate);
    private int _recordStart;
    private int _recordLength;
    private int _read;
    private int _write;
    private int _fragmentLeft;
    private bool _isInFragment;
    private bool _isLastFragment;
    private int _emptyFragments;

    /// <summary>Where the record taken last lies.</summary>
    public PooledBuffer Buffer => _buffer;

    /// <summary>The peer broke a rule of framing or a limit: nothing after this point can be understood.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether a record has begun and not ended.</summary>
    public bool IsInRecord => _recordLength > 0 || _isInFragment || _read < _write;

    /// <summary>Whether an idle connection could do with a smaller buffer.</summary>
    public bool IsIdleAndLarge => _buffer.IsLarge && !IsInRecord;

    /// <summary>Whether the next <see cref="GetSpace"/> takes another large buffer.</summary>
    public bool NeedsLarge =>
        IsInRecord && !HasRoom() && (_buffer.IsLarge ? !_buffer.IsExclusive : WantsLarge());

    /// <summary>
    /// Space for the next bytes, never empty. All records must have been taken; their memory is reused unless shared.
    /// </summary>
    public Memory<byte> GetSpace()
    {
        if (!IsInRecord)
        {
            Restart(_buffer.IsLarge);
        }
        else if (!HasRoom())
        {
            MakeRoom();
        }

        return _buffer.Array.AsMemory(_write);
    }

    /// <summary>Goes back to the small buffer.</summary>
    public void Shrink() => Restart(isLarge: false);

    /// <summary>Says that <paramref name="count"/> bytes were put at the beginning of the space.</summary>
    public void Advance(int count) => _write += count;

    /// <summary>The next complete record; false if there is none, or if the peer broke the framing.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> record)
    {
        record = default;
        while (_isInFragment || TryBeginFragment())
        {
            if (!TryFinishFragment())
            {
                return false;
            }

            if (_isLastFragment && _recordLength > 0)
            {
                record = _buffer.Array.AsMemory(_recordStart, _recordLength);
                _recordLength = 0;
                _emptyFragments = 0;
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _buffer.Release();

    private bool TryBeginFragment()
    {
        if (_write - _read < MarkBytes)
        {
            return false;
        }

        var mark = BinaryPrimitives.ReadUInt32BigEndian(_buffer.Array.AsSpan(_read));
        var length = mark & ~LastFragment;
        if (length > (uint)(ServerLimits.RecordBytesMax - _recordLength) ||
            (length == 0 && ++_emptyFragments > ServerLimits.EmptyFragmentsMax))
        {
            IsBroken = true;
            return false;
        }

        _read += MarkBytes;
        _fragmentLeft = (int)length;
        _isLastFragment = (mark & LastFragment) != 0;
        _isInFragment = true;
        if (_recordLength == 0)
        {
            _recordStart = _read;
        }

        return true;
    }

    private bool TryFinishFragment()
    {
        var count = Math.Min(_fragmentLeft, _write - _read);
        var end = _recordStart + _recordLength;
        if (end != _read && count > 0)
        {
            System.Buffer.BlockCopy(_buffer.Array, _read, _buffer.Array, end, count);
        }

        _recordLength += count;
        _read += count;
        _fragmentLeft -= count;
        _isInFragment = _fragmentLeft > 0;
        return !_isInFragment;
    }

    /// <summary>Whether the rest of the fragment, or the next mark, fits behind what is here.</summary>
    private bool HasRoom()
    {
        var wanted = _isInFragment ? _fragmentLeft : MarkBytes - (_write - _read);
        var room = _buffer.Array.Length - _write;
        if (wanted <= room)
        {
            return true;
        }

        // Moving gains something only if the record leaves a larger part of the buffer free, or gets a larger buffer.
        return room > 0 && !WantsLarge() && _recordStart < room;
    }

    private bool WantsLarge() =>
        !_buffer.IsLarge && _recordLength >= ServerLimits.LargeReceiveThresholdBytes &&
        _recordLength + _fragmentLeft + MarkBytes > _buffer.Array.Length;

    private void MakeRoom()
    {
        var isLarge = _buffer.IsLarge || WantsLarge();
        var old = _buffer;
        var isSame = isLarge == old.IsLarge && old.IsExclusive;
        var target = isSame ? old : pool.Rent(isLarge, gate);

        // The gap between the assembled bytes and the unparsed ones closes on the way.
        var unparsed = _write - _read;
        System.Buffer.BlockCopy(old.Array, _recordStart, target.Array, 0, _recordLength);
        System.Buffer.BlockCopy(old.Array, _read, target.Array, _recordLength, unparsed);
        (_recordStart, _read, _write) = (0, _recordLength, _recordLength + unparsed);
        _buffer = target;
        if (!isSame)
        {
            old.Release();
        }
    }

    private void Restart(bool isLarge)
    {
        (_recordStart, _read, _write) = (0, 0, 0);
        if (_buffer.IsExclusive && _buffer.IsLarge == isLarge)
        {
            return;
        }

        // A shared large buffer is replaced by a small one: the next record may be small.
        var old = _buffer;
        _buffer = pool.Rent(isLarge && old.IsExclusive, gate);
        old.Release();
    }
}
