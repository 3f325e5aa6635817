namespace Nfs.Tests.Fixtures;

/// <summary>A FUSE file system with direct I/O (bindfs): it refuses shared mappings, as virtio-fs without cache does.</summary>
internal sealed class DirectMount : IDisposable
{
    private readonly TemporaryDirectory _behind = new();
    private readonly string _mountPoint;

    public DirectMount(string mountPoint)
    {
        _mountPoint = mountPoint;
        Command.Run("bindfs", "-o", "direct_io,nonempty", _behind.Path, mountPoint);
    }

    public void Dispose()
    {
        Command.Run("umount", "-l", _mountPoint);
        _behind.Dispose();
    }
}
