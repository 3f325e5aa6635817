using System.Globalization;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A disk with a file system of a given kind: a sparse image on a loop device, or memory. What a test run that was killed
/// left mounted goes with the next disk that is made. Needs root; a test is ignored without.
/// </summary>
internal sealed class TestDisk : IDisposable
{
    private const long ImageBytes = 1 << 30;
    private const string Prefix = "nfsgw-disk-";

    private readonly string _directory;

    private TestDisk(string fileSystem) => _directory = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(),
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{fileSystem}"));

    public string Path => System.IO.Path.Combine(_directory, "mounted");

    private string Image => System.IO.Path.Combine(_directory, "image");

    /// <param name="fileSystem">As mount -t takes it: xfs, btrfs, ext4 or tmpfs.</param>
    public static TestDisk Mount(string fileSystem)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("no disk can be mounted here");
        }

        RemoveLeftovers();
        var disk = new TestDisk(fileSystem);
        try
        {
            disk.Make(fileSystem);
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    public void Dispose() => Remove(_directory);

    private void Make(string fileSystem)
    {
        Directory.CreateDirectory(Path);
        if (fileSystem == "tmpfs")
        {
            Command.Run("mount", "-t", "tmpfs", "-o", "size=1g", "test-disk", Path);
            return;
        }

        using (var image = File.Create(Image))
        {
            image.SetLength(ImageBytes);
        }

        Command.Run("mkfs." + fileSystem, "-q", Image);
        Command.Run("mount", "-o", "loop", Image, Path);
    }

    private static void RemoveLeftovers()
    {
        foreach (var directory in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            var owner = System.IO.Path.GetFileName(directory)[Prefix.Length..].Split('-')[0];
            if (!Directory.Exists("/proc/" + owner))
            {
                Remove(directory);
            }
        }
    }

    private static void Remove(string directory)
    {
        var mountPoint = System.IO.Path.Combine(directory, "mounted");
        if (File.ReadAllText("/proc/self/mounts").Contains($" {mountPoint} ", StringComparison.Ordinal))
        {
            Command.Run("umount", "-l", mountPoint);
        }

        Directory.Delete(directory, recursive: true);
    }
}
