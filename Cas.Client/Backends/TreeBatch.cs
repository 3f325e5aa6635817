using System.Text;

namespace Cas.Client.Backends;

/// <summary>Rules for a batch of changes that need no look at the tree.</summary>
internal static class TreeBatch
{
    /// <summary>Longest text of a symbolic link in bytes; clients see a much smaller limit.</summary>
    private const int TargetBytesMax = 64 << 10;

    /// <summary>Null, or what is wrong with a batch.</summary>
    public static string? Check(IReadOnlyList<TreeChange> changes)
    {
        var seen = new HashSet<ReadOnlyMemory<byte>>(changes.Count, new ByBytes());
        foreach (var change in changes)
        {
            if (!TreePath.IsValid(change.Path.Span))
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' is not a path";
            }

            if (!seen.Add(change.Path))
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' is changed twice in one batch";
            }

            if (change.Entry is { } entry
                && (!Enum.IsDefined(entry.Kind) || entry.Target.Length > TargetBytesMax))
            {
                return $"'{Encoding.UTF8.GetString(change.Path.Span)}' cannot become what it should";
            }
        }

        return null;
    }

    private sealed class ByBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes.Span);
            return hash.ToHashCode();
        }
    }
}
