using System.Runtime.InteropServices;

namespace Vfs.Core.Namespace;

/// <summary>
/// The names of one directory: found by name in constant time, listed from a cookie at the cost of the page. Cookies
/// rise in the order in which entries were added and are never reused, so the entries are an array that only grows at
/// its end; removing leaves a gap that is squeezed out when gaps outnumber entries. About 40 bytes an entry and its
/// name. Not synchronised: the namespace gate guards it.
/// <para>With <paramref name="isFormInsensitive"/> a name also finds an entry that is spelled in another Unicode form.
/// Two spellings of one name may still both be here, made without it: then each finds its own entry.</para>
/// </summary>
internal sealed class DirectoryIndex(bool isFormInsensitive = false)
{
    private const int NoEntry = -1;

    // Open addressing with linear probing; slots hold positions in _entries. At most half full.
    private int[] _slots = NewSlots(8);
    private readonly List<Entry> _entries = [];
    private byte[] _names = new byte[64];
    private int _namesLength;

    /// <summary>Number of names.</summary>
    public int Count { get; private set; }

    /// <summary>Rough bytes of memory, for the cache's bound.</summary>
    public int MemoryBytes => (_slots.Length * 4) + (_entries.Capacity * 24) + _names.Length;

    /// <summary>Looks a name up as clients spell it; 0 if it is not there.</summary>
    public InodeId Find(ReadOnlySpan<byte> name)
    {
        var position = Position(name, out _);
        return position == NoEntry ? default : _entries[position].Id;
    }

    /// <summary>Looks a name up by its very bytes; 0 if it is not there.</summary>
    public InodeId FindExact(ReadOnlySpan<byte> name)
    {
        var position = Position(name, out _);
        return position == NoEntry || !NameAt(position).SequenceEqual(name) ? default : _entries[position].Id;
    }

    /// <summary>The bytes of the entry that a name finds; there must be one.</summary>
    public byte[] Stored(ReadOnlySpan<byte> name) => NameAt(Position(name, out _)).ToArray();

    /// <summary>Adds a name whose very bytes are not there, with a cookie above all others.</summary>
    public void Add(ReadOnlySpan<byte> name, InodeId id, ulong cookie)
    {
        if ((Count + 1) * 2 > _slots.Length || _entries.Count > (2 * Count) + 64)
        {
            Rebuild();
        }

        if (FindExact(name) != default)
        {
            throw new InvalidOperationException("the name exists already");
        }

        if (_entries.Count > 0 && _entries[^1].Cookie >= cookie)
        {
            throw new InvalidOperationException("cookies must rise");
        }

        Append(name, id, cookie);
    }

    /// <summary>Points an existing name at another inode; its cookie stays.</summary>
    public void Replace(ReadOnlySpan<byte> name, InodeId id)
    {
        var position = Position(name, out _);
        CollectionsMarshal.AsSpan(_entries)[position].Id = id;
    }

    /// <summary>Removes a name that is there; returns what it pointed at.</summary>
    public InodeId Remove(ReadOnlySpan<byte> name)
    {
        var position = Position(name, out var slot);
        if (position == NoEntry)
        {
            throw new InvalidOperationException("no such name");
        }

        var id = _entries[position].Id;
        CollectionsMarshal.AsSpan(_entries)[position].Id = default;
        Count--;
        CloseGap(slot);
        return id;
    }

    /// <summary>Cookie of a name that is there.</summary>
    public ulong CookieOf(ReadOnlySpan<byte> name) => _entries[Position(name, out _)].Cookie;

    /// <summary>Position of the first entry after <paramref name="cookie"/>, for <see cref="TryNext"/>.</summary>
    public int PositionAfter(ulong cookie)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].Cookie <= cookie)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>
    /// The next entry at or after <paramref name="position"/>, which moves behind it; false at the end. The name is a
    /// view that stays good: names are never overwritten in place.
    /// </summary>
    public bool TryNext(ref int position, out InodeId id, out ReadOnlyMemory<byte> name, out ulong cookie)
    {
        for (; position < _entries.Count; position++)
        {
            var entry = _entries[position];
            if (entry.Id != default)
            {
                id = entry.Id;
                name = _names.AsMemory(entry.NameOffset, entry.NameLength);
                cookie = entry.Cookie;
                position++;
                return true;
            }
        }

        id = default;
        name = default;
        cookie = 0;
        return false;
    }

    private static int[] NewSlots(int count)
    {
        var slots = new int[count];
        Array.Fill(slots, NoEntry);
        return slots;
    }

    // Seeded per process, so that hostile names cannot be chosen to collide.
    private static int Hash(ReadOnlySpan<byte> form)
    {
        var hash = default(HashCode);
        hash.AddBytes(form);
        return hash.ToHashCode();
    }

    /// <summary>What the spellings of a name have in common.</summary>
    private ReadOnlySpan<byte> FormOf(ReadOnlySpan<byte> name) => isFormInsensitive ? CanonicalForm.Of(name) : name;

    private ReadOnlySpan<byte> NameAt(int position)
    {
        var entry = _entries[position];
        return _names.AsSpan(entry.NameOffset, entry.NameLength);
    }

    /// <summary>Where the name is, else another spelling of it; and the slot that points there.</summary>
    private int Position(ReadOnlySpan<byte> name, out int slot)
    {
        var form = FormOf(name);
        var mask = _slots.Length - 1;
        var similar = NoEntry;
        for (slot = Hash(form) & mask; _slots[slot] != NoEntry; slot = (slot + 1) & mask)
        {
            var known = NameAt(_slots[slot]);
            if (known.SequenceEqual(name))
            {
                return _slots[slot];
            }

            if (isFormInsensitive && similar == NoEntry && FormOf(known).SequenceEqual(form))
            {
                similar = slot;
            }
        }

        slot = similar;
        return similar == NoEntry ? NoEntry : _slots[similar];
    }

    private void Append(ReadOnlySpan<byte> name, InodeId id, ulong cookie)
    {
        if (_namesLength + name.Length > _names.Length)
        {
            // A new array, and the old one left to those who still hold names in it.
            var grown = new byte[Math.Max(_names.Length * 2, _namesLength + name.Length)];
            _names.AsSpan(0, _namesLength).CopyTo(grown);
            _names = grown;
        }

        var mask = _slots.Length - 1;
        var slot = Hash(FormOf(name)) & mask;
        while (_slots[slot] != NoEntry)
        {
            slot = (slot + 1) & mask;
        }

        name.CopyTo(_names.AsSpan(_namesLength));
        _slots[slot] = _entries.Count;
        _entries.Add(new Entry { Id = id, Cookie = cookie, NameOffset = _namesLength, NameLength = (byte)name.Length });
        _namesLength += name.Length;
        Count++;
    }

    /// <summary>Takes a slot out of its probe chain by moving later members of the chain up.</summary>
    private void CloseGap(int slot)
    {
        var mask = _slots.Length - 1;
        var gap = slot;
        for (var next = (slot + 1) & mask; _slots[next] != NoEntry; next = (next + 1) & mask)
        {
            var home = Hash(FormOf(NameAt(_slots[next]))) & mask;
            if (((next - home) & mask) >= ((next - gap) & mask))
            {
                _slots[gap] = _slots[next];
                gap = next;
            }
        }

        _slots[gap] = NoEntry;
    }

    /// <summary>Squeezes out removed entries and sizes the slots for twice the present count.</summary>
    private void Rebuild()
    {
        var old = _entries.ToArray();
        var oldNames = _names;
        var size = 8;
        while (size < (Count + 1) * 4)
        {
            size *= 2;
        }

        _slots = NewSlots(size);
        _entries.Clear();
        _names = new byte[Math.Max(64, _namesLength)];
        _namesLength = 0;
        Count = 0;
        foreach (var entry in old)
        {
            if (entry.Id != default)
            {
                Append(oldNames.AsSpan(entry.NameOffset, entry.NameLength), entry.Id, entry.Cookie);
            }
        }
    }

    private struct Entry
    {
        public InodeId Id;
        public ulong Cookie;
        public int NameOffset;
        public byte NameLength;
    }
}
