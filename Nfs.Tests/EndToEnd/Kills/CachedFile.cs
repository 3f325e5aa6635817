namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>A write that was answered and may be lost until a COMMIT with its verifier.</summary>
internal sealed record UnstableWrite(int Start, byte[] Bytes, ulong Verifier)
{
    public int End => Start + Bytes.Length;
}

/// <summary>
/// A file as a client's page cache holds it: the bytes that its programs see, those that the server said are on stable
/// storage, and the unstable writes between the two.
/// </summary>
/// <param name="handle">Of the file.</param>
/// <param name="fileId">Its number, the same for ever.</param>
internal sealed class CachedFile(byte[] handle, ulong fileId)
{
    private readonly List<UnstableWrite> _unstable = [];
    private byte[] _stable = [];

    public byte[] Handle { get; } = handle;

    public ulong FileId { get; } = fileId;

    public uint LinkCount { get; set; } = 1;

    public uint Mode { get; set; } = 0x1A4;

    /// <summary>What programs see.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Whether all that programs see is on stable storage.</summary>
    public bool IsStable => _unstable.Count == 0;

    /// <summary>A write that a server with this verifier may have lost, to be sent again.</summary>
    public UnstableWrite? Lost(ulong verifier) => _unstable.Find(write => write.Verifier != verifier);

    /// <summary>Whether a server with this verifier must show what programs see.</summary>
    public bool IsShownBy(ulong? verifier) => IsStable || (verifier is { } known && Lost(known) is null);

    public void WroteUnstable(int start, byte[] bytes, ulong verifier)
    {
        Bytes = Patched(Bytes, start, bytes);
        _unstable.Add(new UnstableWrite(start, bytes, verifier));
    }

    /// <summary>A lost write's range was sent again, with what programs see there by now.</summary>
    public void WroteAgain(UnstableWrite lost, byte[] bytes, ulong verifier)
    {
        // What was lost need not be gone: until the next COMMIT a crash may leave either.
        _unstable[_unstable.IndexOf(lost)] = lost with { Verifier = verifier };
        _unstable.Add(new UnstableWrite(lost.Start, bytes, verifier));
    }

    public void WroteStable(int start, byte[] bytes)
    {
        Bytes = Patched(Bytes, start, bytes);
        Settle(start, bytes);
    }

    /// <summary>A COMMIT was answered with this verifier.</summary>
    public void Committed(ulong verifier)
    {
        UnstableWrite[] writes = [.. _unstable];
        _unstable.Clear();
        foreach (var write in writes)
        {
            if (write.Verifier == verifier)
            {
                Settle(write.Start, write.Bytes);
            }
            else
            {
                _unstable.Add(write);
            }
        }
    }

    /// <summary>A SETATTR of the size was answered: the size is stable, unstable bytes within it stay so.</summary>
    public void Resized(int size)
    {
        Bytes = Sized(Bytes, size);
        _stable = Sized(_stable, size);
        Replace(write => write.Start < size ? [Part(write, write.Start, Math.Min(write.End, size))] : []);
    }

    /// <summary>Why a server may not show these bytes after a crash; null if it may.</summary>
    public string? Problem(byte[] found)
    {
        if (found.Length != _stable.Length && !IsUnstableSize(found.Length))
        {
            return $"R-1: size {found.Length}, stable {_stable.Length}, "
                + $"unstable {string.Join(", ", _unstable.Select(write => write.End))}";
        }

        for (var i = 0; i < found.Length; i++)
        {
            var stable = i < _stable.Length ? _stable[i] : (byte)0;
            if (found[i] != stable && !IsUnstable(i, found[i]))
            {
                return $"R-1, R-3: byte {i} of {found.Length} is {found[i]}, stable {stable}";
            }
        }

        return null;
    }

    private bool IsUnstableSize(int size) =>
        size > _stable.Length && _unstable.Exists(write => write.End == size);

    private bool IsUnstable(int at, byte value) =>
        _unstable.Exists(write => write.Start <= at && at < write.End && write.Bytes[at - write.Start] == value);

    /// <summary>Bytes are stable; older unstable ones below them can never come back.</summary>
    private void Settle(int start, byte[] bytes)
    {
        _stable = Patched(_stable, start, bytes);
        var end = start + bytes.Length;
        Replace(write => write.End <= start || write.Start >= end
            ? [write]
            : ((UnstableWrite[])[Part(write, write.Start, start), Part(write, end, write.End)])
                .Where(part => part.Bytes.Length > 0));
    }

    private void Replace(Func<UnstableWrite, IEnumerable<UnstableWrite>> parts)
    {
        UnstableWrite[] writes = [.. _unstable.SelectMany(parts)];
        _unstable.Clear();
        _unstable.AddRange(writes);
    }

    private static UnstableWrite Part(UnstableWrite write, int start, int end) => write with
    {
        Start = start,
        Bytes = start < end ? write.Bytes[(start - write.Start)..(end - write.Start)] : [],
    };

    private static byte[] Patched(byte[] old, int start, byte[] bytes)
    {
        var patched = Sized(old, Math.Max(old.Length, start + bytes.Length));
        bytes.CopyTo(patched, start);
        return patched;
    }

    private static byte[] Sized(byte[] old, int size)
    {
        var sized = new byte[size];
        old.AsSpan(0, Math.Min(size, old.Length)).CopyTo(sized);
        return sized;
    }
}
