using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>A file system of a given size in memory; a test is ignored where none can be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SmallDisk(int mebibytes)
    {
        if (!Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0700", "small-disk", _directory.Path))
        {
            _directory.Dispose();
            Assert.Ignore("no disk can be mounted here");
        }
    }

    public string Path => _directory.Path;

    public void Dispose()
    {
        Run("umount", "-l", _directory.Path);
        _directory.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program,
                arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
