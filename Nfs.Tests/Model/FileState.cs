namespace Nfs.Tests.Model;

/// <summary>
/// What a file may hold: the bytes as clients see them, and those that it had since it was last made durable. After a
/// crash (<paramref name="IsLoose"/>) each byte and the length may be any of them. Arrays are never changed.
/// </summary>
internal sealed record FileState(byte[] Now, IReadOnlyList<byte[]> Past, bool IsLoose)
{
    public static FileState Empty { get; } = new([], [], false);

    /// <summary>An unstable write, at or past the end with zeros between.</summary>
    public FileState Write(int offset, byte[] bytes)
    {
        var grown = new byte[Math.Max(Now.Length, offset + bytes.Length)];
        Now.CopyTo(grown, 0);
        bytes.CopyTo(grown, offset);
        return new FileState(grown, [.. Past, Now], false);
    }

    public FileState Resize(int size)
    {
        var resized = new byte[size];
        Now.AsSpan(0, Math.Min(size, Now.Length)).CopyTo(resized);
        return new FileState(resized, [], false);
    }

    /// <summary>Everything so far is durable.</summary>
    public FileState Settle() => new(Now, [], false);

    /// <summary>
    /// Whether the disk lost what was not durable, without a crash: what is read then is not durable either.
    /// </summary>
    public bool IsLost { get; private init; }

    /// <summary>A crash.</summary>
    public FileState Crash() => Past.Count == 0 || (IsLoose && !IsLost) ? this : new FileState(Now, Past, true);

    /// <summary>The disk failed to make durable what was not.</summary>
    public FileState Lose() => Crash() with { IsLost = Past.Count > 0 };

    /// <summary>It was read.</summary>
    public FileState Find(byte[] found) => new(found, !IsLoose ? Past : IsLost ? [.. Past, Now] : [], false);

    /// <summary>Whether a client may find these bytes.</summary>
    public bool Allows(ReadOnlySpan<byte> found)
    {
        if (found.SequenceEqual(Now))
        {
            return true;
        }

        var length = found.Length;
        if (!IsLoose || (length != Now.Length && Past.All(past => past.Length != length)))
        {
            return false;
        }

        for (var i = 0; i < length; i++)
        {
            if (!MayBe(i, found[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Why <see cref="Allows"/> says no.</summary>
    public string Explain(ReadOnlySpan<byte> found)
    {
        var lengths = (IsLoose ? Past.Prepend(Now) : [Now]).Select(x => x.Length).Distinct().ToList();
        if (!lengths.Contains(found.Length))
        {
            return $"it has {found.Length} bytes, not {string.Join(" or ", lengths)}";
        }

        for (var i = 0; i < found.Length; i++)
        {
            if (IsLoose ? !MayBe(i, found[i]) : found[i] != Now[i])
            {
                var end = found.Length;
                while (end > i && (IsLoose ? MayBe(end - 1, found[end - 1]) : found[end - 1] == Now[end - 1]))
                {
                    end--;
                }

                return $"between {i} and {end} bytes are wrong: the first is {found[i]}, not {At(Now, i)}"
                    + (IsLoose ? string.Concat(Past.Select(past => $" or {At(past, i)}")) : "");
            }
        }

        return "it is another mixture than any that was there";
    }

    private bool MayBe(int index, byte value)
    {
        if (At(Now, index) == value)
        {
            return true;
        }

        for (var i = 0; i < Past.Count; i++)
        {
            if (At(Past[i], index) == value)
            {
                return true;
            }
        }

        return false;
    }

    private static byte At(byte[] bytes, int index) => index < bytes.Length ? bytes[index] : (byte)0;
}
