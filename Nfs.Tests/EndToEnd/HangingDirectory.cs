using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// A directory whose calls do not return, as one on a network when its server is away. It is bindfs in user space,
/// over the directory itself, stopped; a test is ignored where that cannot be mounted.
/// </summary>
internal sealed class HangingDirectory : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly ChildProcess _server;

    private HangingDirectory(string path)
    {
        _path = path;
        _server = ChildProcess.Start("bindfs", ["-f", "-o", "nonempty", path, path]);
    }

    /// <summary>Makes a directory hang until it is resumed or disposed.</summary>
    public static async Task<HangingDirectory> MountOverAsync(string path)
    {
        if (!File.Exists("/dev/fuse") || !File.Exists("/usr/bin/bindfs"))
        {
            Assert.Ignore("no file system in user space can be mounted here");
        }

        var directory = new HangingDirectory(path);
        try
        {
            await directory.WaitUntilMountedAsync().ConfigureAwait(false);
            directory._server.Signal(ChildProcess.SigStop);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>All calls that hang go on.</summary>
    public void Resume() => _server.Signal(ChildProcess.SigCont);

    public void Dispose()
    {
        _server.TrySignal(ChildProcess.SigKill);
        using (var umount = ChildProcess.Start("umount", ["-l", _path]))
        {
            umount.WaitForExitAsync(Deadline).GetAwaiter().GetResult();
        }

        _server.Dispose();
    }

    private async Task WaitUntilMountedAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!(await File.ReadAllTextAsync("/proc/self/mounts", deadline.Token).ConfigureAwait(false))
            .Contains($" {_path} fuse", StringComparison.Ordinal))
        {
            Assert.That(_server.HasExited, Is.False, _server.Described);
            await Task.Delay(5, deadline.Token).ConfigureAwait(false);
        }
    }
}
