namespace Cas.Client.Chunking;

/// <summary>
/// The parts of a content that have to be cut anew when ranges of its bytes change and nothing but chunk lengths is
/// known: from the chunk that holds the first changed byte to the next stable boundary.
/// </summary>
internal static class DirtyWindows
{
    /// <summary>
    /// Windows as pairs of indices into <paramref name="boundaries"/>. Ranges are in bytes, half open, sorted and not
    /// overlapping; what lies past the end of the content is left out.
    /// </summary>
    public static List<(int Start, int End)> Of(
        ReadOnlySpan<ulong> boundaries, IReadOnlyList<(ulong Start, ulong End)> dirty)
    {
        var windows = new List<(int Start, int End)>();
        var size = boundaries.IsEmpty ? 0 : boundaries[^1];
        foreach (var (start, end) in dirty)
        {
            if (start >= Math.Min(end, size))
            {
                continue;
            }

            var stable = StableBoundary.IndexAfter(boundaries, Math.Min(end, size));
            var windowEnd = stable < 0 ? boundaries.Length - 1 : stable;
            if (windows.Count > 0 && start < boundaries[windows[^1].End])
            {
                windows[^1] = (windows[^1].Start, windowEnd);
            }
            else
            {
                windows.Add((StableBoundary.FirstAtOrAfter(boundaries, start + 1) - 1, windowEnd));
            }
        }

        return windows;
    }
}
