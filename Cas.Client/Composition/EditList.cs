namespace Cas.Client.Composition;

/// <summary>Rules that every list of edits keeps, whatever stores the result.</summary>
internal static class EditList
{
    /// <summary>Largest content: file systems and databases count in signed 64-bit numbers.</summary>
    public const ulong ContentBytesMax = long.MaxValue;

    /// <summary>
    /// Checks that edits are sorted, do not overlap, lie inside the basis and take bytes that the source has.
    /// Insertions at one place keep their order.
    /// </summary>
    /// <returns>Null and the size of the result, or what is wrong.</returns>
    public static string? Check(IReadOnlyList<Edit> edits, ulong basisSize, ulong sourceLength, out ulong newSize)
    {
        newSize = basisSize;
        var previousEnd = 0UL;
        for (var i = 0; i < edits.Count; i++)
        {
            var edit = edits[i];
            if (edit.Start > edit.End || edit.Start < previousEnd)
            {
                return $"edit {i} [{edit.Start}, {edit.End}) is not in order";
            }

            if (edit.End > basisSize)
            {
                return $"edit {i} [{edit.Start}, {edit.End}) reaches past the {basisSize} bytes of the basis";
            }

            if (edit.SourceOffset > sourceLength || edit.Length > sourceLength - edit.SourceOffset)
            {
                return $"edit {i} takes {edit.Length} bytes at {edit.SourceOffset} from a source of {sourceLength}";
            }

            previousEnd = edit.End;

            // Ordered edits inside the basis never take more than is left, so only growing can overflow.
            newSize -= edit.End - edit.Start;
            if (edit.Length > ContentBytesMax - Math.Min(newSize, ContentBytesMax))
            {
                return $"edit {i} makes the content larger than {ContentBytesMax} bytes";
            }

            newSize += edit.Length;
        }

        return null;
    }
}
