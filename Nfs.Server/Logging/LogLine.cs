using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Nfs.Server.Logging;

/// <summary>One thing to log. Always becomes exactly one line, whatever is in its text.</summary>
/// <param name="Time">When.</param>
/// <param name="Level">How bad.</param>
/// <param name="Category">Who says so.</param>
/// <param name="Event">Number and name.</param>
/// <param name="Message">The formatted message.</param>
/// <param name="Fields">Named values of the message; the template is not among them.</param>
/// <param name="Exception">What caused it, if anything.</param>
internal sealed record LogLine(
    DateTimeOffset Time, LogLevel Level, string Category, EventId Event, string Message,
    IReadOnlyList<KeyValuePair<string, string?>> Fields, Exception? Exception)
{
    private const string TemplateField = "{OriginalFormat}";

    /// <summary>The line in UTF-8 with its end.</summary>
    public byte[] Encode(LogFormat format) => format switch
    {
        LogFormat.Text => EncodeText(),
        LogFormat.Json => EncodeJson(),
    };

    private byte[] EncodeText()
    {
        var line = new StringBuilder(160);
        line.Append(TimeText()).Append(' ').Append(LevelText()).Append(' ').Append(Category).Append(": ");
        line.Append(PlainText.Escape(Message));
        if (Exception is not null)
        {
            line.Append(" | ").Append(PlainText.Escape(Exception.ToString().ReplaceLineEndings(" | ")));
        }

        return Encoding.UTF8.GetBytes(line.Append('\n').ToString());
    }

    private byte[] EncodeJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", TimeText());
            json.WriteString("level", LevelText());
            json.WriteString("category", Category);
            json.WriteNumber("event", Event.Id);
            if (Event.Name is not null)
            {
                json.WriteString("name", Event.Name);
            }

            json.WriteString("message", Message);
            WriteFields(json);
            if (Exception is not null)
            {
                json.WriteString("exception", Exception.ToString());
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteFields(Utf8JsonWriter json)
    {
        if (!Fields.Any(field => field.Key != TemplateField))
        {
            return;
        }

        json.WriteStartObject("fields");
        foreach (var (name, value) in Fields)
        {
            if (name != TemplateField)
            {
                json.WriteString(name, value);
            }
        }

        json.WriteEndObject();
    }

    private string TimeText() =>
        Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private string LevelText() => Level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        LogLevel.Critical => "critical",
        LogLevel.None => "none",
    };
}
