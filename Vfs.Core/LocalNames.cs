using System.Text;

namespace Vfs.Core;

/// <summary>
/// Which names are kept here: what they stand for is never sent to the store, and what the store has under them is left
/// alone. Directories are sent whatever their names, so that a name alone tells, wherever its directory is moved.
/// </summary>
public sealed class LocalNames
{
    private const byte Star = (byte)'*';

    private readonly byte[][] _patterns;

    private LocalNames(byte[][] patterns) => _patterns = patterns;

    /// <summary>No name.</summary>
    public static LocalNames None { get; } = new([]);

    /// <summary>Every name, those of directories too: nothing is ever sent.</summary>
    public static LocalNames All { get; } = new([]);

    /// <summary>Whether it keeps everything.</summary>
    public bool IsAll => this == All;

    /// <summary>Whether it depends on the name.</summary>
    public bool HasPatterns => _patterns.Length > 0;

    /// <summary>
    /// The names that match one of the patterns, in which * stands for any bytes; null if one of them is no pattern of
    /// a file name, or matches every name.
    /// </summary>
    public static LocalNames? Of(IEnumerable<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        var bytes = patterns.Select(Encoding.UTF8.GetBytes).ToArray();
        return bytes.All(IsPattern) ? bytes.Length == 0 ? None : new LocalNames(bytes) : null;
    }

    /// <summary>Whether a name that is not a directory's is kept.</summary>
    public bool Keeps(ReadOnlySpan<byte> name)
    {
        if (IsAll)
        {
            return true;
        }

        foreach (var pattern in _patterns)
        {
            if (Matches(pattern, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPattern(byte[] pattern) =>
        FileName.TryCreate(pattern, out var name) == VfsError.None && !name.IsDot && !name.IsDotDot
        && pattern.AsSpan().ContainsAnyExcept(Star);

    /// <summary>Each star first stands for nothing, and takes one byte more whenever what follows does not fit.</summary>
    private static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        var (at, from) = (0, 0);
        var (star, taken) = (-1, 0);
        while (from < name.Length)
        {
            if (at < pattern.Length && pattern[at] == Star)
            {
                (star, taken) = (at++, from);
            }
            else if (at < pattern.Length && pattern[at] == name[from])
            {
                at++;
                from++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                from = ++taken;
            }
            else
            {
                return false;
            }
        }

        return !pattern[at..].ContainsAnyExcept(Star);
    }
}
