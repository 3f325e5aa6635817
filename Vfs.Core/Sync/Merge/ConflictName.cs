using System.Globalization;
using System.Text;

namespace Vfs.Core.Sync.Merge;

/// <summary>
/// The name under which our version of something stays when the store's takes its place:
/// <c>NAME (conflict HOST TIME)</c>, with the time in UTC.
/// </summary>
internal static class ConflictName
{
    private const int HostBytesMax = 40;

    /// <summary>
    /// A name that is not taken yet. It begins with as much of the old one as there is room for, cut between two
    /// characters.
    /// </summary>
    public static byte[] Of(ReadOnlySpan<byte> name, string host, DateTimeOffset now, Func<byte[], bool> isTaken)
    {
        var time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        for (var number = 1; ; number++)
        {
            var count = number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" {number}");
            var end = Encoding.UTF8.GetBytes($" (conflict {Clean(host)} {time}{count})");
            byte[] made = [.. Cut(name, FileName.BytesMax - end.Length), .. end];
            if (!isTaken(made))
            {
                return made;
            }
        }
    }

    /// <summary>A host's name as a part of a file's: what is not a letter, a digit, '-', '_' or '.' is left out.</summary>
    private static string Clean(string host)
    {
        var clean = new string([.. host.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')]);
        return clean.Length == 0 ? "host" : clean[..Math.Min(clean.Length, HostBytesMax)];
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name, int bytesMax)
    {
        if (name.Length <= bytesMax)
        {
            return name;
        }

        var end = bytesMax;
        while (end > 0 && (name[end] & 0xC0) == 0x80)
        {
            end--;
        }

        // Names need not be UTF-8: what has no character in sight is cut where it must be.
        return name[..(end > 0 ? end : bytesMax)];
    }
}
