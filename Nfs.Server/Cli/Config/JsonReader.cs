using System.Text.Json;

namespace Nfs.Server.Cli.Config;

/// <summary>
/// JSON with comments and commas at the end, as values with lines. What a configuration has no use for (null,
/// fractions) is an error.
/// </summary>
internal ref struct JsonReader
{
    private const int DepthMax = 8;

    private readonly ReadOnlySpan<byte> _text;
    private readonly List<ConfigError> _errors;
    private Utf8JsonReader _reader;
    private int _counted;
    private int _line;

    private JsonReader(ReadOnlySpan<byte> text, List<ConfigError> errors)
    {
        _text = text;
        _errors = errors;
        _line = 1;
        _reader = new Utf8JsonReader(text, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = DepthMax,
        });
    }

    /// <summary>The document; what is wrong with its syntax is added to <paramref name="errors"/>.</summary>
    public static ConfigTable Read(ReadOnlySpan<byte> text, List<ConfigError> errors)
    {
        var reader = new JsonReader(text, errors);
        try
        {
            reader._reader.Read();
            var value = reader.ReadValue();
            while (reader._reader.Read())
            {
                // What follows is a comment, or not JSON.
            }

            if (value is ConfigTable table)
            {
                return table;
            }

            errors.Add(new ConfigError(value.Line, "The file takes one JSON object, in braces."));
        }
        catch (JsonException e)
        {
            // The message ends with the place, which is told in front of it.
            var reason = e.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            errors.Add(new ConfigError((int)(e.LineNumber ?? 0) + 1, $"This is not JSON: {reason}."));
        }
        catch (InvalidOperationException)
        {
            errors.Add(new ConfigError(reader.Line(), "This text is not UTF-8."));
        }

        return new ConfigTable(1, []);
    }

    private ConfigValue ReadValue()
    {
        var line = Line();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadTable(line);
            case JsonTokenType.StartArray:
                return ReadList(line);
            case JsonTokenType.String:
                return new ConfigText(line, _reader.GetString()!);
            case JsonTokenType.True or JsonTokenType.False:
                return new ConfigSwitch(line, _reader.GetBoolean());
            case JsonTokenType.Number when _reader.TryGetInt64(out var number):
                return new ConfigNumber(line, number);
            default:
                _errors.Add(new ConfigError(line, "null and fractions are not used here; remove this one."));
                return new ConfigText(line, "");
        }
    }

    private ConfigTable ReadTable(int line)
    {
        var entries = new List<ConfigEntry>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var (keyLine, key) = (Line(), _reader.GetString()!);
            _reader.Read();
            entries.Add(new ConfigEntry(keyLine, key, ReadValue()));
        }

        return new ConfigTable(line, entries);
    }

    private ConfigList ReadList(int line)
    {
        var items = new List<ConfigValue>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue());
        }

        return new ConfigList(line, items);
    }

    /// <summary>The line of the current token; tokens come in order, so each line end is counted once.</summary>
    private int Line()
    {
        var start = (int)_reader.TokenStartIndex;
        _line += _text[_counted..start].Count((byte)'\n');
        _counted = start;
        return _line;
    }
}
