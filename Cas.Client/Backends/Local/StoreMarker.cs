using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The file that makes a directory a store: JSON with <c>format</c> (a number that rises when the layout changes so
/// that older programs would damage it), <c>identity</c> (32 hex digits, random, given once) and <c>created</c>.
/// It is the last thing written when a store is made. Unknown properties are skipped.
/// </summary>
internal sealed record StoreMarker(int Format, string Identity)
{
    /// <summary>The format that this program reads and writes.</summary>
    public const int FormatCurrent = 2;

    private const int IdentityLength = 32;
    private const int FileBytesMax = 64 << 10;

    /// <summary>A marker for a new store.</summary>
    public static StoreMarker Create() =>
        new(FormatCurrent, RandomNumberGenerator.GetHexString(IdentityLength, lowercase: true));

    /// <summary>
    /// Reads the marker of a directory; null if there is none. Throws <see cref="StoreUnavailableException"/> if it
    /// cannot be used.
    /// </summary>
    public static StoreMarker? Read(string directory)
    {
        var path = Path.Join(directory, StoreLayout.Marker);
        try
        {
            return Parse(ReadBounded(path), directory);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException(
                $"The store in {directory} has a damaged {StoreLayout.Marker}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the marker under its unfinished name, on stable storage.</summary>
    public void WriteUnfinished(string directory, TimeProvider time)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("identity", Identity);
            json.WriteString("created", time.GetUtcNow());
            json.WriteEndObject();
        }

        var path = Path.Join(directory, StoreLayout.UnfinishedMarker);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, buffer.WrittenSpan, 0);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Makes the directory a store.</summary>
    public static void Finish(string directory)
    {
        Posix.SyncDirectory(directory);
        var unfinished = Path.Join(directory, StoreLayout.UnfinishedMarker);
        File.Move(unfinished, Path.Join(directory, StoreLayout.Marker), overwrite: false);
        Posix.SyncDirectory(directory);
    }

    private static byte[] ReadBounded(string path)
    {
        using var file = Posix.OpenForReading(path);
        var buffer = new byte[FileBytesMax + 1];
        var count = RandomAccess.Read(file, buffer, 0);
        return count <= FileBytesMax ? buffer[..count] : throw new JsonException("it is too long");
    }

    private static StoreMarker Parse(ReadOnlyMemory<byte> bytes, string directory)
    {
        using var json = JsonDocument.Parse(bytes);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format", out var formatProperty)
            || formatProperty.ValueKind != JsonValueKind.Number
            || !formatProperty.TryGetInt32(out var format)
            || format < 1)
        {
            throw new JsonException("it has no format number");
        }

        // A newer format comes before everything else in the file: only its first meaning is known here.
        if (format > FormatCurrent)
        {
            throw new StoreUnavailableException(
                $"The store in {directory} has format {format}, and this version of nfsgw knows format " +
                $"{FormatCurrent}; use a newer nfsgw.");
        }

        if (format < FormatCurrent)
        {
            throw new StoreUnavailableException(
                $"The store in {directory} has format {format} of an older nfsgw, and this version knows only format " +
                $"{FormatCurrent}; copy the files out with the older one, and into a new store.");
        }

        if (!root.TryGetProperty("identity", out var identityProperty)
            || identityProperty.ValueKind != JsonValueKind.String
            || identityProperty.GetString() is not { Length: IdentityLength } identity
            || !identity.All(char.IsAsciiHexDigitLower))
        {
            throw new JsonException("it has no identity");
        }

        return new StoreMarker(format, identity);
    }
}
