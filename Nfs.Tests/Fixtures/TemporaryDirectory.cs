namespace Nfs.Tests.Fixtures;

/// <summary>A directory of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("nfsgw-test-").FullName;

    /// <summary>A directory that is there already; it goes in the same way.</summary>
    public TemporaryDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>A path inside.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
