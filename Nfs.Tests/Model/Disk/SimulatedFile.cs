namespace Nfs.Tests.Model.Disk;

/// <summary>
/// One file: its bytes as a process sees them, and for each page that was changed since the last sync what it held
/// before each change. A crash may leave any of these. Guarded by the disk's gate.
/// </summary>
internal sealed class SimulatedFile
{
    private const int PageBytes = 4096;
    private const int SectorBytes = 512;

    private readonly SortedDictionary<int, List<byte[]>> _before = [];

    // Pages that a failed sync took for written: no later sync writes them, only a new write makes them dirty again.
    private readonly HashSet<int> _lost = [];
    private byte[] _bytes;
    private int _stableLength;

    public SimulatedFile(byte[] stable)
    {
        _bytes = (byte[])stable.Clone();
        Length = _stableLength = stable.Length;
        IsNameStable = true;
    }

    public SimulatedFile()
        : this([]) => IsNameStable = false;

    public int Length { get; private set; }

    /// <summary>Whether a crash keeps the name.</summary>
    public bool IsNameStable { get; set; }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        var end = checked((int)offset + bytes.Length);
        Remember((int)offset, end);
        Reserve(end);
        bytes.CopyTo(_bytes.AsSpan((int)offset));
        Length = Math.Max(Length, end);
    }

    /// <summary>Makes a range inside the file read as zeros.</summary>
    public void Punch(long offset, long length)
    {
        var end = (int)Math.Min(offset + length, Length);
        Remember((int)offset, end);
        _bytes.AsSpan((int)offset..end).Clear();
    }

    public void SetLength(long length)
    {
        if (length < Length)
        {
            Remember((int)length, Length);
            _bytes.AsSpan((int)length..Length).Clear();
        }

        Reserve((int)length);
        Length = (int)length;
    }

    public void Sync()
    {
        foreach (var page in _before.Keys.Where(page => !_lost.Contains(page)).ToList())
        {
            _before.Remove(page);
        }

        _stableLength = Length;
    }

    /// <summary>What Linux does after a write error: it forgets that the pages are dirty.</summary>
    public void FailSync() => _lost.UnionWith(_before.Keys);

    /// <summary>One of the contents that a crash at this moment may leave.</summary>
    public byte[] AfterCrash(Random random)
    {
        var fate = random.Next(4);
        var reach = Math.Max(Length, _stableLength);
        var image = new byte[reach];
        _bytes.AsSpan(0, Math.Min(reach, _bytes.Length)).CopyTo(image);
        foreach (var (page, versions) in _before)
        {
            var start = page * PageBytes;
            if (start < reach)
            {
                Choose(random, fate, page, versions).AsSpan(0, Math.Min(PageBytes, reach - start))
                    .CopyTo(image.AsSpan(start));
            }
        }

        var (low, high) = (Math.Min(Length, _stableLength), Math.Max(Length, _stableLength));
        Array.Resize(ref image, fate switch
        {
            0 => _stableLength,
            1 => Length,
            _ => random.Next(3) switch { 0 => low, 1 => high, _ => random.Next(low, high + 1) },
        });
        return image;
    }

    private byte[] Choose(Random random, int fate, int page, List<byte[]> versions)
    {
        var now = PageNow(page);
        if (fate == 0)
        {
            return versions[0];
        }

        if (fate == 1 && !_lost.Contains(page))
        {
            return now;
        }

        var all = _lost.Contains(page) ? versions : [.. versions, now];
        var chosen = (byte[])all[random.Next(all.Count)].Clone();
        if (random.Next(4) == 0)
        {
            // A torn page: sectors of one version among those of another.
            var other = all[random.Next(all.Count)];
            for (var sector = 0; sector < PageBytes; sector += SectorBytes)
            {
                if (random.Next(2) == 0)
                {
                    other.AsSpan(sector, SectorBytes).CopyTo(chosen.AsSpan(sector));
                }
            }
        }

        return chosen;
    }

    private void Remember(int start, int end)
    {
        for (var page = start / PageBytes; page * PageBytes < end; page++)
        {
            if (!_before.TryGetValue(page, out var versions))
            {
                _before.Add(page, versions = []);
            }

            // What only a lost write put there is on no disk; what was there before it is.
            if (!_lost.Remove(page) || versions.Count == 0)
            {
                versions.Add(PageNow(page));
            }
        }
    }

    private byte[] PageNow(int page)
    {
        var copy = new byte[PageBytes];
        var start = Math.Min(_bytes.Length, page * PageBytes);
        _bytes.AsSpan(start, Math.Min(PageBytes, _bytes.Length - start)).CopyTo(copy);
        return copy;
    }

    private void Reserve(int length)
    {
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(length, _bytes.Length * 2));
        }
    }
}
