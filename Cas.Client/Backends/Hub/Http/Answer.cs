using System.Globalization;
using System.Text.Json;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>
/// A JSON value of an answer. Whatever is not there, or is of another kind, is a <see cref="JsonException"/>: the
/// answer is not understood.
/// </summary>
internal readonly struct Answer(JsonElement element)
{
    /// <summary>Whether it is null.</summary>
    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    /// <summary>Its items; it is an array.</summary>
    public IEnumerable<Answer> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("not an array");
        }

        return element.EnumerateArray().Select(item => new Answer(item));
    }

    /// <summary>Its members by name; it is an object.</summary>
    public IEnumerable<(string Name, Answer Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("not an object");
        }

        return element.EnumerateObject().Select(member => (member.Name, new Answer(member.Value)));
    }

    /// <summary>A member; null if it is not there, or null.</summary>
    public Answer? Find(string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("not an object");
        }

        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new Answer(value)
            : null;
    }

    /// <summary>A member that must be there.</summary>
    public Answer Member(string name) => Find(name) ?? throw new JsonException($"'{name}' is missing");

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => FindText(name) ?? throw new JsonException($"'{name}' is missing");

    /// <summary>A text; null if it is not there.</summary>
    public string? FindText(string name) => Find(name) is not { } value
        ? null
        : value.Text() ?? throw new JsonException($"'{name}' is not a text");

    /// <summary>The value as text; null if it is something else.</summary>
    public string? Text()
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair.
            throw new JsonException("not a text", e);
        }
    }

    /// <summary>A whole number that must be there.</summary>
    public long Number(string name) => FindNumber(name) ?? throw new JsonException($"'{name}' is missing");

    /// <summary>A whole number; null if it is not there.</summary>
    public long? FindNumber(string name) => Find(name) is not { } value
        ? null
        : value.Number() ?? throw new JsonException($"'{name}' is not a number");

    /// <summary>A number that fits 32 bits and must be there.</summary>
    public uint Small(string name) =>
        Number(name) is >= 0 and <= uint.MaxValue and var number
            ? (uint)number
            : throw new JsonException($"'{name}' is out of range");

    /// <summary>A hash that must be there.</summary>
    public MerkleHash Hash(string name) => Member(name).Hash();

    /// <summary>The value as a hash.</summary>
    public MerkleHash Hash() =>
        MerkleHash.TryParse(Text() ?? string.Empty, out var hash) ? hash : throw new JsonException("not a hash");

    /// <summary>The value as a count or length.</summary>
    public ulong Size() => Number() is >= 0 and var number ? (ulong)number : throw new JsonException("not a length");

    /// <summary>The value, which is true or false.</summary>
    public bool IsTrue() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new JsonException("neither true nor false"),
    };

    /// <summary>
    /// A time, in nanoseconds since the epoch: ISO 8601, or milliseconds since the epoch; null if it is not there.
    /// </summary>
    public long? FindTime(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        const long nanosecondsPerMillisecond = 1_000_000;
        var milliseconds = value.Number();
        if (milliseconds is null && DateTimeOffset.TryParse(
            value.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            milliseconds = time.ToUnixTimeMilliseconds();
        }

        return milliseconds is { } known && Math.Abs(known) <= long.MaxValue / nanosecondsPerMillisecond
            ? known * nanosecondsPerMillisecond
            : throw new JsonException($"'{name}' is not a time");
    }

    private long? Number() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) ? number : null;
}
