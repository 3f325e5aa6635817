namespace Nfs.Tests.Model.Disk;

/// <summary>What a crash left: files by their path below the state directory.</summary>
/// <param name="seed">What further fates of this disk follow from.</param>
internal sealed class DiskImage(int seed = 0)
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public int Seed => seed;

    public IEnumerable<KeyValuePair<string, byte[]>> Files => _files;

    public void Add(string path, byte[] bytes) => _files[path] = bytes;

    /// <summary>Makes the files below a directory that is empty or missing.</summary>
    public void WriteTo(string directory)
    {
        foreach (var (path, bytes) in _files)
        {
            var full = Path.Combine(directory, path);
            MakeDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
            File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static void MakeDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
