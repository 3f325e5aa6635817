using System.Text;
using Cas.Client;

namespace Nfs.Tests.Fixtures;

/// <summary>Contents and edits of all kinds for a composer, from a seed.</summary>
internal static class ComposeCase
{
    /// <summary>Content: random, zeros, text, repeated blocks of many lengths, or stretches of all these.</summary>
    public static byte[] Content(Random random, int length) => random.Next(7) switch
    {
        0 => new byte[length],
        1 => Text(random, length),
        2 => Repeat(Bytes(random, 1 + random.Next(1 << random.Next(1, 19))), length),
        3 => Mixed(random, length),
        _ => Bytes(random, length),
    };

    /// <summary>
    /// Up to 200 edits that replace, insert and delete, of few bytes or of many, at random places and at
    /// <paramref name="borders"/> of chunks, some of them touching.
    /// </summary>
    public static List<Edit> Edits(Random random, int basisLength, int sourceLength, IReadOnlyList<ulong> borders)
    {
        if (random.Next(3) == 0)
        {
            return EditScript.Random(random, basisLength, sourceLength);
        }

        var sizeMax = 1 << random.Next(1, 18);
        var places = Enumerable.Range(0, 1 + random.Next(1 << random.Next(1, 9)) % 200)
            .Select(_ => Place(random, basisLength, borders)).Order().ToList();
        var edits = new List<Edit>();
        foreach (var place in places)
        {
            var start = edits.Count == 0 ? place : Math.Max(place, edits[^1].End);
            var end = Math.Min((ulong)basisLength, start + Span(random, start, sizeMax, borders));
            var length = random.Next(3) == 0 ? end - start : (ulong)(random.Next(4) == 0 ? 0 : random.Next(sizeMax));
            length = Math.Min(length, (ulong)sourceLength);
            edits.Add(new Edit(start, end, (ulong)random.Next(sourceLength - (int)length + 1), length));
        }

        return edits;
    }

    /// <summary>Random bytes.</summary>
    public static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static ulong Place(Random random, int basisLength, IReadOnlyList<ulong> borders) => random.Next(4) switch
    {
        0 => borders[random.Next(borders.Count)],
        1 => (ulong)(random.Next(2) * basisLength),
        _ => (ulong)random.Next(basisLength + 1),
    };

    // Sometimes up to the end of a chunk.
    private static ulong Span(Random random, ulong start, int sizeMax, IReadOnlyList<ulong> borders)
    {
        var border = borders.FirstOrDefault(b => b > start);
        return border > start && random.Next(6) == 0 ? border - start
            : random.Next(3) == 0 ? 0 : (ulong)random.Next(sizeMax);
    }

    private static byte[] Repeat(byte[] block, int length)
    {
        var bytes = new byte[length];
        for (var offset = 0; offset < length; offset += block.Length)
        {
            block.AsSpan(0, Math.Min(block.Length, length - offset)).CopyTo(bytes.AsSpan(offset));
        }

        return bytes;
    }

    private static byte[] Text(Random random, int length)
    {
        var text = new StringBuilder(length + 80);
        while (text.Length < length)
        {
            text.Append("entry ").Append(random.Next(1000)).Append(": nothing to report\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private static byte[] Mixed(Random random, int length)
    {
        var bytes = new byte[length];
        for (var offset = 0; offset < length;)
        {
            var count = Math.Min(length - offset, 1 + random.Next(1 << 19));
            if (random.Next(2) == 0)
            {
                random.NextBytes(bytes.AsSpan(offset, count));
            }

            offset += count;
        }

        return bytes;
    }
}
