using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>Random edits, and what they mean for an array of bytes.</summary>
internal static class EditScript
{
    /// <summary>The reference: edits applied to an array.</summary>
    public static byte[] Apply(byte[] basis, IReadOnlyList<Edit> edits, byte[] source)
    {
        var result = new MemoryStream(basis.Length);
        var copied = 0;
        foreach (var edit in edits)
        {
            result.Write(basis, copied, (int)edit.Start - copied);
            result.Write(source, (int)edit.SourceOffset, (int)edit.Length);
            copied = (int)edit.End;
        }

        result.Write(basis, copied, basis.Length - copied);
        return result.ToArray();
    }

    /// <summary>Up to 40 legal edits: replaces, insertions, deletions and edits that touch each other.</summary>
    public static List<Edit> Random(Random random, int basisLength, int sourceLength)
    {
        var cuts = Enumerable.Range(0, 2 * random.Next(1, 41)).Select(_ => random.Next(basisLength + 1)).Order()
            .ToList();
        var edits = new List<Edit>();
        for (var i = 0; i < cuts.Count; i += 2)
        {
            var start = random.Next(4) == 0 && edits.Count > 0 ? (int)edits[^1].End : cuts[i];
            var end = random.Next(3) == 0 ? start : cuts[i + 1];
            var sourceOffset = random.Next(sourceLength + 1);
            var length = random.Next(4) == 0 ? 0 : random.Next(sourceLength - sourceOffset + 1) / cuts.Count;
            edits.Add(new Edit((ulong)start, (ulong)end, (ulong)sourceOffset, (ulong)length));
        }

        return edits;
    }
}
