using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>Which pages must be in memory before a range is taken from a mapping.</summary>
internal static class Residency
{
    /// <summary>
    /// The pages of a range but for the last page of the file if that is not full: some file systems (virtio-fs) call
    /// it absent although its bytes are there. What that costs is a fault of one page at most. Empty if there is
    /// nothing to ask.
    /// </summary>
    /// <param name="range">Bytes of the file, not empty.</param>
    /// <param name="size">Size of the file.</param>
    /// <param name="pageBytes">Bytes of a page; a power of two.</param>
    public static ByteRange PagesToCheck(ByteRange range, ulong size, ulong pageBytes)
    {
        var start = range.Start & ~(pageBytes - 1);
        var end = (range.End + pageBytes - 1) & ~(pageBytes - 1);
        var full = size & ~(pageBytes - 1);
        return new ByteRange(start, Math.Max(start, Math.Min(end, full)));
    }
}
