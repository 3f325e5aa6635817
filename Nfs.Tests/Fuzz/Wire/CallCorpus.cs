using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Calls that clients make: recorded ones of Linux and libnfs (tools/record-calls), and those of macOS by hand.
/// </summary>
internal static class CallCorpus
{
    private const int HandleBytes = 36;

    /// <summary>Who made each call, what it is called, and its record.</summary>
    public static IReadOnlyList<(string Client, string Name, byte[] Record)> Entries { get; } =
        [.. Recorded(), .. MacCalls.All()];

    /// <summary>The records.</summary>
    public static IReadOnlyList<byte[]> Calls { get; } = [.. Entries.Select(entry => entry.Record)];

    /// <summary>
    /// The records with handles that name something: of <paramref name="directories"/> where a directory belongs, of
    /// <paramref name="objects"/> elsewhere, each in turn.
    /// </summary>
    public static IReadOnlyList<byte[]> WithHandles(
        IReadOnlyList<byte[]> directories, IReadOnlyList<byte[]> objects)
    {
        var next = 0;
        XdrField Named(XdrField field)
        {
            var handles = field.Kind == XdrKind.Directory ? directories : objects;
            return field.Kind is XdrKind.Directory or XdrKind.Handle && field.Bytes.Length == HandleBytes
                ? field with { Bytes = new XdrBytes().Opaque(handles[next++ % handles.Count]) }
                : field;
        }

        return [.. Calls.Select(call => XdrField.Join(CallFields.Of(call).Fields.Select(Named)))];
    }

    private static IEnumerable<(string Client, string Name, byte[] Record)> Recorded()
    {
        using var stream = typeof(CallCorpus).Assembly.GetManifestResourceStream("Corpus/calls.txt")
            ?? throw new FileNotFoundException("the corpus is not part of the tests");
        using var text = new StreamReader(stream);
        while (text.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            yield return (words[0], words[1], Convert.FromHexString(words[2]));
        }
    }
}
