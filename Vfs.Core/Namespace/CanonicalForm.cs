using System.Globalization;
using System.Text;

namespace Vfs.Core.Namespace;

/// <summary>
/// Brings the spellings of a name that Unicode calls canonically equivalent to one: the decomposed form (NFD). With a
/// table of its own, as the runtime has none without ICU.
/// </summary>
internal static class CanonicalForm
{
    private const int HangulFirst = 0xAC00, HangulCount = 11_172;
    private const int LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int VowelCount = 21, TailCount = 28;

    private static readonly Lazy<Tables> s_tables = new(Tables.Load);

    /// <summary>The decomposed form in UTF-8; the name itself if it is ASCII or not UTF-8.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        var runes = new List<Rune>(name.Length);
        for (var rest = name; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                return name;
            }

            Decompose(rune, runes);
            rest = rest[length..];
        }

        Order(runes);
        return Encode(runes);
    }

    private static void Decompose(Rune rune, List<Rune> runes)
    {
        var syllable = rune.Value - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            runes.Add(new Rune(LeadFirst + (syllable / (VowelCount * TailCount))));
            runes.Add(new Rune(VowelFirst + (syllable / TailCount % VowelCount)));
            if (syllable % TailCount is var tail and not 0)
            {
                runes.Add(new Rune(TailFirst + tail));
            }
        }
        else if (s_tables.Value.Decompositions.TryGetValue(rune, out var parts))
        {
            runes.AddRange(parts);
        }
        else
        {
            runes.Add(rune);
        }
    }

    /// <summary>Sorts each run of combining marks by class; marks of one class stay in their order.</summary>
    private static void Order(List<Rune> runes)
    {
        for (var i = 1; i < runes.Count; i++)
        {
            var mark = runes[i];
            var at = i;
            for (var rank = ClassOf(mark); at > 0 && rank > 0 && ClassOf(runes[at - 1]) > rank; at--)
            {
                runes[at] = runes[at - 1];
            }

            runes[at] = mark;
        }
    }

    private static int ClassOf(Rune rune) => s_tables.Value.Classes.GetValueOrDefault(rune);

    private static byte[] Encode(List<Rune> runes)
    {
        var bytes = new byte[runes.Sum(rune => rune.Utf8SequenceLength)];
        var at = 0;
        foreach (var rune in runes)
        {
            at += rune.EncodeToUtf8(bytes.AsSpan(at));
        }

        return bytes;
    }

    /// <summary>What CanonicalForms.txt says.</summary>
    private sealed record Tables(Dictionary<Rune, Rune[]> Decompositions, Dictionary<Rune, int> Classes)
    {
        public static Tables Load()
        {
            using var stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream("CanonicalForms.txt")!;
            using var lines = new StreamReader(stream);
            var tables = new Tables([], []);
            Action<string[]> take = _ => { };
            while (lines.ReadLine() is { } line)
            {
                if (line.StartsWith('['))
                {
                    take = line == "[classes]" ? tables.TakeClasses : tables.TakeDecomposition;
                }
                else if (!line.StartsWith('#'))
                {
                    take(line.Split(' '));
                }
            }

            return tables;
        }

        private void TakeDecomposition(string[] words) =>
            Decompositions.Add(Parse(words[0]), [.. words.Skip(1).Select(Parse)]);

        private void TakeClasses(string[] words)
        {
            var rank = int.Parse(words[2], CultureInfo.InvariantCulture);
            for (var value = Parse(words[0]).Value; value <= Parse(words[1]).Value; value++)
            {
                Classes.Add(new Rune(value), rank);
            }
        }

        private static Rune Parse(string hex) =>
            new(int.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }
}
