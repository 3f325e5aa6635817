namespace Nfs.Tests.Fixtures;

/// <summary>
/// An ext4 disk on a loop device, mounted on a directory: it keeps what is not in memory in a file, and fails when that
/// is taken from it. Needs root.
/// </summary>
internal sealed class LoopDisk : IDisposable
{
    // The image is sparse. The gateway wants some free space.
    private const long Bytes = 1 << 30;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _mountPoint;

    public LoopDisk(string mountPoint)
    {
        _mountPoint = mountPoint;
        Directory.CreateDirectory(mountPoint);
        using (var image = File.Create(Image))
        {
            image.SetLength(Bytes);
        }

        Command.Run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", Image);
        Command.Run("mount", "-o", "loop", Image, mountPoint);
        File.SetUnixFileMode(
            mountPoint, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Image => _directory["image"];

    /// <summary>What is not in memory cannot be read any more.</summary>
    public void Break()
    {
        Command.Run("sync", "-f", _mountPoint);
        using var image = File.OpenWrite(Image);
        image.SetLength(0);
    }

    public void Dispose()
    {
        Command.Run("umount", "-l", _mountPoint);
        _directory.Dispose();
    }
}
