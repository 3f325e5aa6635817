namespace Cas.Client.Hashing;

/// <summary>
/// How the nodes of one level are cut into groups, each of which gets a parent: behind a node whose hash says so, but
/// never behind the first two of a group, and behind the ninth at the latest. What is left at the end of a level is a
/// group of any size.
/// </summary>
internal static class MerkleGroup
{
    /// <summary>Most nodes in a group.</summary>
    public const int CountMax = 9;

    /// <summary>Fewest nodes in a group that is not the last of its level.</summary>
    public const int CountMin = 3;

    /// <summary>Whether the hash lets a group end behind it.</summary>
    public static bool IsNaturalCut(MerkleHash hash) => hash.D % 4 == 0;

    /// <summary>Whether a group of <paramref name="count"/> nodes ends with <paramref name="last"/>.</summary>
    public static bool EndsWith(MerkleHash last, int count) =>
        count == CountMax || (count >= CountMin && IsNaturalCut(last));

    /// <summary>Size of the group at the front of the rest of a level.</summary>
    public static int FirstCount(ReadOnlySpan<MerkleNode> rest)
    {
        var count = Math.Min(CountMin, rest.Length);
        while (count < rest.Length && !EndsWith(rest[count - 1].Hash, count))
        {
            count++;
        }

        return count;
    }
}
