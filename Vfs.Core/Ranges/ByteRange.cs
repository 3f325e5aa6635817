namespace Vfs.Core.Ranges;

/// <summary>Bytes [<paramref name="Start"/>, <paramref name="End"/>) of a file; never reversed.</summary>
internal readonly record struct ByteRange(ulong Start, ulong End)
{
    /// <summary>Bytes in the range.</summary>
    public ulong Length => End - Start;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => Start >= End;

    /// <summary>The part that lies in <paramref name="other"/> too; empty if none does.</summary>
    public ByteRange Intersect(ByteRange other)
    {
        var start = Math.Max(Start, other.Start);
        return new ByteRange(start, Math.Max(start, Math.Min(End, other.End)));
    }

    /// <summary>The range of <paramref name="count"/> bytes from <paramref name="offset"/>; the caller checked limits.</summary>
    public static ByteRange At(ulong offset, ulong count) => new(offset, checked(offset + count));
}
