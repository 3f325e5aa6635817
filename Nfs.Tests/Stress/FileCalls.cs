using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Stress;

/// <summary>The calls of a file that workers make, on whatever serves it; each ends well or fails the test.</summary>
internal abstract class FileCalls
{
    public abstract Task WriteAsync(int offset, byte[] bytes, Stability stability);

    public abstract Task<byte[]> ReadAsync(int offset, int count);

    public abstract Task CommitAsync();

    public abstract Task ResizeAsync(int size);
}

/// <summary>A file of a gateway in this process. "Again" is answered as clients do: by asking again.</summary>
internal sealed class LocalFileCalls(TestGateway gateway, InodeId id) : FileCalls
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    public override Task WriteAsync(int offset, byte[] bytes, Stability stability) => UntilDoneAsync(async () =>
    {
        var written = await gateway.Files.WriteAsync(Caller.Root, id, (ulong)offset, bytes, stability, default);
        Assert.That(written.Count, Is.EqualTo(written.Error == VfsError.None ? bytes.Length : 0));
        return written.Error;
    });

    public override async Task<byte[]> ReadAsync(int offset, int count)
    {
        byte[] bytes = [];
        await UntilDoneAsync(async () =>
        {
            var read = await gateway.Files.ReadAsync(Caller.Root, id, (ulong)offset, count, default);
            using (read.Data)
            {
                bytes = read.Data is null ? [] : read.Data.Memory[..read.Count].ToArray();
            }

            return read.Error;
        });
        return bytes;
    }

    public override Task CommitAsync() =>
        UntilDoneAsync(async () => (await gateway.Files.CommitAsync(id, 0, 0, default)).Error);

    public override Task ResizeAsync(int size) => UntilDoneAsync(async () =>
        (await gateway.Files.SetAttributesAsync(
            Caller.Root, id, new AttributeChanges { Size = (ulong)size }, null, default)).Error);

    private async Task UntilDoneAsync(Func<Task<VfsError>> call)
    {
        VfsError error;
        while ((error = await call()) == VfsError.Again)
        {
            await Task.Delay(s_pause);
        }

        Assert.That(error, Is.EqualTo(VfsError.None));
    }
}

/// <summary>A file on a mount.</summary>
internal sealed class MountedFileCalls(NfsMount mount, byte[] handle) : FileCalls
{
    public override async Task WriteAsync(int offset, byte[] bytes, Stability stability) =>
        Assert.That(
            (await mount.WriteAsync(handle, offset, bytes, stability)).Count, Is.EqualTo(bytes.Length));

    public override Task<byte[]> ReadAsync(int offset, int count) => mount.ReadAsync(handle, offset, count);

    public override Task CommitAsync() => mount.CommitAsync(handle);

    public override Task ResizeAsync(int size) => mount.SetattrAsync(handle, size: (ulong)size);
}
