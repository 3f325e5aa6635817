using System.Text;
using System.Text.Json;

namespace XetHub.Catalog;

/// <summary>
/// The changes of a catalog in a file, a line of JSON each. A line that a crash left unfinished is cut off: nobody was
/// told that its change is made. Used by one thread at a time.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly FileStream _file;

    private Journal(FileStream file) => _file = file;

    /// <summary>
    /// Opens the journal, or makes one, and gives the state that it leads to. Throws InvalidDataException if a line
    /// cannot be read that others follow: they must not be lost.
    /// </summary>
    public static Journal Open(string path, out CatalogState state)
    {
        state = CatalogState.Empty;
        var end = 0L;
        if (File.Exists(path))
        {
            var number = 0;
            string? torn = null;
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (torn is not null)
                {
                    throw new InvalidDataException($"{path} is damaged in line {number - 1}");
                }

                if (TryRead(line) is not { } change)
                {
                    torn = line;
                    continue;
                }

                state = change.Apply(state);
                end += Encoding.UTF8.GetByteCount(line) + 1;
            }
        }

        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        if (end > file.Length)
        {
            // All of the last line is there but its end.
            file.Seek(0, SeekOrigin.End);
            file.WriteByte((byte)'\n');
        }

        file.SetLength(end);
        file.Seek(end, SeekOrigin.Begin);
        return new Journal(file);
    }

    /// <summary>Adds a change, on stable storage.</summary>
    public void Append(Change change)
    {
        JsonSerializer.Serialize(_file, change);
        _file.WriteByte((byte)'\n');
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();

    private static Change? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Change>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
