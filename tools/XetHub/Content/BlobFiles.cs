using XetHub.Http;

namespace XetHub.Content;

/// <summary>Small files of repositories, which are kept as they are, by their git name.</summary>
internal sealed class BlobFiles
{
    private readonly string _directory;

    public BlobFiles(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
    }

    /// <summary>Stores bytes under their name, whole or not at all.</summary>
    public void Add(string name, byte[] bytes)
    {
        var path = Path.Join(_directory, name);
        if (File.Exists(path))
        {
            return;
        }

        var unfinished = Path.Join(_directory, Guid.NewGuid().ToString("N"));
        using (var file = File.OpenHandle(unfinished, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>The bytes; the caller disposes of the stream.</summary>
    public Stream Open(string name)
    {
        try
        {
            return File.OpenRead(Path.Join(_directory, name));
        }
        catch (FileNotFoundException)
        {
            throw RefusedException.NoContent($"the blob {name} is not there");
        }
    }
}
