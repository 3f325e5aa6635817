namespace Nfs.Tests.Model;

/// <summary>An object of the reference model: what a file system in an array would hold.</summary>
internal sealed class ModelNode
{
    public required bool IsDirectory { get; init; }

    public byte[]? Target { get; init; }

    public uint Mode { get; set; }

    public uint Uid { get; set; }

    /// <summary>Directories: names.</summary>
    public SortedDictionary<string, ModelNode> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Files: the bytes as clients see them.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <summary>
    /// Files: for each byte that a crash may change, the other values it may then have; a byte past the end is 0. The
    /// last value here is what is durable.
    /// </summary>
    public Dictionary<int, HashSet<byte>> Uncertain { get; } = [];

    /// <summary>Files: sizes that a crash may leave, other than the present one.</summary>
    public HashSet<int> UncertainSizes { get; } = [];

    public uint LinkCount { get; set; } = 1;

    public bool IsFile => !IsDirectory && Target is null;

    /// <summary>An unstable write: each byte may be old or new after a crash, until a commit.</summary>
    public void WriteUnstable(int offset, byte[] bytes)
    {
        var end = Math.Max(Bytes.Length, offset + bytes.Length);
        if (end > Bytes.Length)
        {
            UncertainSizes.Add(Bytes.Length);
        }

        var old = Bytes;
        var grown = Bytes.ToArray();
        Array.Resize(ref grown, end);
        for (var i = Math.Min(old.Length, offset); i < offset + bytes.Length; i++)
        {
            if (!Uncertain.TryGetValue(i, out var others))
            {
                Uncertain.Add(i, others = []);
            }

            others.Add(i < old.Length ? old[i] : (byte)0);
            grown[i] = i < offset ? (byte)0 : bytes[i - offset];
        }

        Bytes = grown;
    }

    /// <summary>COMMIT, a stable write or a resize: everything so far is durable.</summary>
    public void Settle()
    {
        Uncertain.Clear();
        UncertainSizes.Clear();
    }

    public void Resize(int size)
    {
        var bytes = Bytes;
        Array.Resize(ref bytes, size);
        Bytes = bytes;
        Settle();
    }

    /// <summary>Whether a crash may have left these bytes; if so, they are what clients see from now on.</summary>
    public string? TakeAfterCrash(byte[] found)
    {
        if (found.Length != Bytes.Length && !UncertainSizes.Contains(found.Length))
        {
            return $"size {found.Length}, which was never {Bytes.Length} or {string.Join(" or ", UncertainSizes)}";
        }

        for (var i = 0; i < found.Length; i++)
        {
            var isNow = i < Bytes.Length && found[i] == Bytes[i];
            if (!isNow && !(Uncertain.TryGetValue(i, out var others) && others.Contains(found[i])))
            {
                return $"byte {i} is {found[i]}, not {(i < Bytes.Length ? Bytes[i] : -1)}"
                    + (others is null ? "" : $" or {string.Join(" or ", others)}");
            }
        }

        Bytes = found;
        Settle();
        return null;
    }
}
