using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content.Mapping;

// Where the disk cannot be mapped in one way, another must give the same bytes, and nobody may notice.
[TestFixture]
internal sealed class MappingModeTests
{
    private static readonly int s_page = Environment.SystemPageSize;

    private static IEnumerable<int> Sizes => [1, s_page - 1, s_page, s_page + 1, (10 << 20) + 7];

    [Test]
    [Covers("EC-276", "EC-282")]
    public void M11_EveryMode_GivesTheSameBytes([Values] MappingMode mode, [ValueSource(nameof(Sizes))] int size)
    {
        using var directory = new TemporaryDirectory();
        using var staging = new StagingDirectory(directory.Path, mode);

        CheckFile(staging, size);
    }

    [Test]
    [Covers("EC-276")]
    public void M10_DirectFuse_RefusesSharedMappings_AndGivesTheSameBytes([ValueSource(nameof(Sizes))] int size)
    {
        using var directory = new TemporaryDirectory();
        using var mount = FuseMount.Direct(directory.Path);
        using var staging = new StagingDirectory(directory.Path);
        var file = staging.File(new InodeId(1), 1);
        file.Write(0, new byte[s_page]);

        Assert.That(file.Map(new ByteRange(0, (ulong)s_page), MappingMode.Shared), Is.Null);
        Assert.That(staging.Mapping, Is.Not.EqualTo(MappingMode.Shared));
        CheckFile(staging, size);
    }

    [Test]
    [Covers("EC-282")]
    public void M33_ALocalDisk_IsMappedShared()
    {
        using var directory = new TemporaryDirectory();
        using var staging = new StagingDirectory(directory.Path);

        Assert.That(staging.Mapping, Is.EqualTo(MappingMode.Shared));
    }

    [Test]
    [Covers("EC-276")]
    public async Task AGateway_OnDirectFuse_ServesItsFiles()
    {
        var gateway = await TestGateway.StartAsync();
        await gateway.CloseAsync();
        using (FuseMount.Direct(Path.Combine(gateway.StatePath, "staging")))
        {
            await gateway.StartAgainAsync();
            var random = new Random(7);
            var content = new byte[(3 << 20) + 11];
            random.NextBytes(content);
            var file = await gateway.MakeFileAsync("f", content);
            await using (var client = new ReadingClient(gateway.Files))
            {
                for (var i = 0; i < 60; i++)
                {
                    var (offset, count) = (random.Next(content.Length), random.Next(1, 1 << 20));
                    random.NextBytes(content.AsSpan(offset, Math.Min(count, content.Length - offset)));
                    await gateway.WriteAsync(file, (ulong)offset, content.AsSpan(offset).ToArray());

                    var read = await client.ReadAsync(file, (ulong)(offset / 2), 1 << 20);

                    var expected = content.AsSpan(offset / 2, Math.Min(1 << 20, content.Length - (offset / 2)));
                    Assert.That(read.Bytes.AsSpan().SequenceEqual(expected), Is.True, $"{i}");
                }
            }

            await gateway.CloseAsync();
        }

        await gateway.DisposeAsync();
    }

    /// <summary>What a system call finds is what was written, before and after a change of a part.</summary>
    private static void CheckFile(StagingDirectory staging, int size)
    {
        var file = staging.File(new InodeId(9), 1);
        var reads = new StagedReads();
        var content = new byte[size];
        new Random(size).NextBytes(content);
        file.Write(0, content);
        Assert.That(Sent(reads, file, size).SequenceEqual(content), Is.True, "written");

        content.AsSpan(size / 3, (size / 3) + 1).Reverse();
        file.Write((ulong)(size / 3), content.AsSpan(size / 3, (size / 3) + 1));
        Assert.That(Sent(reads, file, size).SequenceEqual(content), Is.True, "changed");

        content.AsSpan(size / 2).Clear();
        file.Punch((ulong)(size / 2), (ulong)size);
        Assert.That(Sent(reads, file, size).SequenceEqual(content), Is.True, "punched");
        Assert.That(reads.IsEmpty, Is.True);
    }

    private static byte[] Sent(StagedReads reads, StagingFile file, int size)
    {
        var whole = new ByteRange(0, (ulong)size);
        var bytes = reads.AddLocked(file, whole, (ulong)size);
        using (bytes as IDisposable)
        {
            if (!bytes.IsResident())
            {
                bytes.Load();
            }

            return SystemCall.Take(bytes.Memory);
        }
    }
}
