using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>One object of an <see cref="InMemoryFileSystem"/>.</summary>
internal sealed class InMemoryNode(Attributes attributes, InodeId parent)
{
    private readonly Dictionary<FileName, ulong> _cookies = [];
    private readonly SortedList<ulong, (byte[] Name, InodeId Id)> _entries = [];
    private ulong _nextCookie = 3;

    public Attributes Attributes { get; set; } = attributes;

    public InodeId Parent { get; set; } = parent;

    public byte[] Data { get; set; } = [];

    public ulong? CreateVerifier { get; init; }

    public int EntryCount => _entries.Count;

    public bool IsDirectory => Attributes.Type == InodeType.Directory;

    public bool TryFind(FileName name, out InodeId id)
    {
        var found = _cookies.TryGetValue(name, out var cookie);
        id = found ? _entries[cookie].Id : default;
        return found;
    }

    public void Add(FileName name, InodeId id)
    {
        // The name is borrowed from the record that it came in.
        var bytes = name.Bytes.ToArray();
        FileName.TryCreate(bytes, out var own);
        _cookies.Add(own, _nextCookie);
        _entries.Add(_nextCookie++, (bytes, id));
    }

    public void Remove(FileName name)
    {
        if (_cookies.Remove(name, out var cookie))
        {
            _entries.Remove(cookie);
        }
    }

    /// <summary>The entry behind a cookie, and whether there is one.</summary>
    public bool TryNext(ref int index, ulong cookie, out ulong next, out byte[] name, out InodeId id)
    {
        if (index < 0)
        {
            index = LowerBound(cookie);
        }

        (next, name, id) = (0, [], default);
        if (index >= _entries.Count)
        {
            return false;
        }

        next = _entries.GetKeyAtIndex(index);
        (name, id) = _entries.GetValueAtIndex(index++);
        return true;
    }

    private int LowerBound(ulong cookie)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries.GetKeyAtIndex(middle) <= cookie ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
