using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nfs.Tests.Fixtures;

/// <summary>A temporary directory for an embedded store; deleted when disposed.</summary>
internal sealed class StoreDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("store-test-").FullName;

    public string Url => "file://" + Path;

    /// <summary>A path inside.</summary>
    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>Opens the store in it.</summary>
    public Task<IStore> OpenAsync() => OpenAsync(Url);

    /// <summary>Opens a store anywhere.</summary>
    public static Task<IStore> OpenAsync(string url) =>
        StoreOpener.OpenStoreAsync(url, TimeProvider.System, NullLoggerFactory.Instance, default);

    /// <summary>Upkeep of the store in it.</summary>
    public Task<IStoreUpkeep> OpenUpkeepAsync() =>
        StoreOpener.OpenUpkeepAsync(Url, TimeProvider.System, NullLoggerFactory.Instance, default);

    /// <summary>Paths of all xorbs.</summary>
    public string[] Xorbs() => Directory.GetFiles(this["xorbs"], "*", SearchOption.AllDirectories);

    /// <summary>Paths of all shards.</summary>
    public string[] Shards() => Directory.GetFiles(this["shards"]);

    /// <summary>Changes one bit of a file.</summary>
    public static void Flip(string path, long offset)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 1;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Makes what is stored now older.</summary>
    public void Age(TimeSpan by)
    {
        foreach (var shard in Shards())
        {
            File.SetLastWriteTimeUtc(shard, File.GetLastWriteTimeUtc(shard) - by);
        }
    }

    /// <summary>Names and bytes of all files, to compare.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories))
        {
            files[path] = Directory.Exists(path) ? "directory" : Convert.ToHexString(ReadUnlocked(path));
        }

        return files;
    }

    /// <summary>Copies all files, also those of an open store.</summary>
    public void CopyTo(StoreDirectory other)
    {
        foreach (var path in Directory.EnumerateDirectories(Path, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(other.Path + path[Path.Length..]);
        }

        foreach (var path in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(other.Path + path[Path.Length..], ReadUnlocked(path));
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static byte[] ReadUnlocked(string path)
    {
        using var file = global::Cas.Client.Backends.Local.Posix.OpenForReading(path);
        var bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0);
        return bytes;
    }
}
