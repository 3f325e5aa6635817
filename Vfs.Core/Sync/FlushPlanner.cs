using Cas.Client;
using Vfs.Core.Ranges;

namespace Vfs.Core.Sync;

/// <summary>How the new content of a file gets into the store.</summary>
internal enum FlushKind : byte
{
    /// <summary>The content is the base: at most attributes differ.</summary>
    Nothing,

    /// <summary>All bytes are sent.</summary>
    Whole,

    /// <summary>The base with edits.</summary>
    Compose,
}

/// <summary>What a flush does; everything after it follows this plan and decides nothing again.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Edits">For <see cref="FlushKind.Compose"/>: edits of the base; source offsets are file offsets.</param>
internal readonly record struct FlushPlan(FlushKind Kind, IReadOnlyList<Edit> Edits);

/// <summary>
/// Plans a flush from the state under the content's lock. Pure.
/// <para>
/// The cost of both ways is bytes read, hashed and looked up. Composing takes the edits and the old bytes between them
/// and the next cut that stays, a chunk or two an edit, and where edits lie closer than that their surroundings are one:
/// at worst it goes through every byte once, which a whole upload always does. So composing is never dearer while one byte
/// of the base stays, and there is no threshold to choose.
/// </para>
/// </summary>
internal static class FlushPlanner
{
    /// <summary>
    /// The plan for a file of <paramref name="size"/> bytes whose ranges <paramref name="frozen"/> are newer than
    /// <paramref name="basis"/>. Bytes at or past the end of the base are always frozen.
    /// </summary>
    public static FlushPlan Plan(ContentId basis, ulong size, RangeSet frozen)
    {
        if (frozen.IsEmpty && size == basis.Size)
        {
            return new FlushPlan(FlushKind.Nothing, []);
        }

        var isAllHere = frozen.Contains(new ByteRange(0, size));
        return basis.Size == 0 || size == 0 || isAllHere
            ? new FlushPlan(FlushKind.Whole, [])
            : new FlushPlan(FlushKind.Compose, Edits(basis.Size, size, frozen));
    }

    private static List<Edit> Edits(ulong baseSize, ulong size, RangeSet frozen)
    {
        var edits = new List<Edit>(frozen.Count + 1);
        ulong replacedTo = 0;
        foreach (var range in frozen)
        {
            var start = Math.Min(range.Start, baseSize);
            replacedTo = Math.Min(range.End, baseSize);
            edits.Add(new Edit(start, replacedTo, range.Start, range.Length));
        }

        if (size < baseSize)
        {
            edits.Add(new Edit(Math.Max(size, replacedTo), baseSize, size, 0));
        }

        return edits;
    }
}
