using System.Diagnostics;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>A FUSE file system (bindfs) over a directory of its own, whose server can be stopped. Needs root.</summary>
internal sealed class FuseMount : IDisposable
{
    private readonly TemporaryDirectory _behind = new();
    private readonly string _mountPoint;
    private readonly Process _server;

    private FuseMount(string mountPoint, string options)
    {
        _mountPoint = mountPoint;
        _server = Process.Start("bindfs", ["-f", "-o", options + ",nonempty", _behind.Path, mountPoint]);
        Assert.That(
            () => File.ReadLines("/proc/self/mounts").Any(line => line.Contains(mountPoint, StringComparison.Ordinal)),
            Is.True.After(10_000, 5));
    }

    /// <summary>With direct I/O: it refuses shared mappings, as virtio-fs without cache does.</summary>
    public static FuseMount Direct(string mountPoint) => new(mountPoint, "direct_io");

    /// <summary>What is in the page cache can be had while the server is stopped.</summary>
    public static FuseMount Cached(string mountPoint) =>
        new(mountPoint, "attr_timeout=3600,entry_timeout=3600");

    /// <summary>The disk gives nothing until <see cref="Resume"/>; who needs it waits.</summary>
    public void Stall() => Command.Run("kill", "-STOP", Pid);

    public void Resume() => Command.Run("kill", "-CONT", Pid);

    public void Dispose()
    {
        Resume();
        Command.Run("umount", "-l", _mountPoint);
        _server.WaitForExit();
        _server.Dispose();
        _behind.Dispose();
    }

    private string Pid => _server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
