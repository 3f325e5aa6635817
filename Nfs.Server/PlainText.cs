using System.Globalization;
using System.Text;

namespace Nfs.Server;

/// <summary>
/// Text from clients, stores and command lines made fit for one line of a terminal or a log: a file name must not be
/// able to forge a log line or to drive a terminal.
/// </summary>
internal static class PlainText
{
    /// <summary>The text with control characters, line separators and direction marks written as \uXXXX.</summary>
    public static string Escape(string text)
    {
        var first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (first < 0)
        {
            return text;
        }

        var plain = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (IsUnsafe(c))
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                plain.Append(c);
            }
        }

        return plain.ToString();
    }

    private static bool IsUnsafe(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
