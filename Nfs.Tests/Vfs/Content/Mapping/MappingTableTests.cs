using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content.Mapping;

// Mappings without a bound end the process at 65,530; one that is unmapped too early kills it, and one that is kept too
// long keeps the blocks of deleted files.
[TestFixture]
internal sealed class MappingTableTests
{
    private TemporaryDirectory _directory = null!;
    private StagingDirectory _staging = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new TemporaryDirectory();
        _staging = new StagingDirectory(_directory.Path, MappingMode.Shared);
    }

    [TearDown]
    public void TearDown()
    {
        _staging.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void M35_WindowsAreBounded_AndTheLeastRecentlyUsedLeaves()
    {
        var file = _staging.File(new InodeId(1), 1);
        file.Extend(100 * MappingTable.WindowBytes);
        for (var i = 0UL; i < 100; i++)
        {
            Use(file, i * MappingTable.WindowBytes);
            Use(file, 0);
        }

        var mapped = MappedOffsets();
        Assert.That(mapped, Has.Count.EqualTo(MappingTable.WindowsMax));
        Assert.That(mapped, Does.Contain(0UL).And.Contain(99 * MappingTable.WindowBytes));
    }

    [Test]
    public void M31_APinnedWindow_StaysMapped_UntilItsLastPin()
    {
        var file = _staging.File(new InodeId(1), 1);
        file.Write(0, [1, 2, 3]);
        var range = new ByteRange(0, 3);
        var first = _staging.Mappings.Pin(file, range)!;
        var second = _staging.Mappings.Pin(file, range)!;

        file.Delete();
        first.Unpin();
        Assert.That(MappedOffsets(), Is.EqualTo(new[] { 0UL }));
        Assert.That(_staging.Mappings.Pin(file, range), Is.Null, "nobody new gets it");
        second.Unpin();

        Assert.That(MappedOffsets(), Is.Empty, "the blocks of a deleted file are free");
    }

    [Test]
    public void ManyThreads_MapAndDelete_AndNothingStaysMapped()
    {
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 200; i++)
            {
                var file = _staging.File(new InodeId((ulong)((worker * 1000) + i + 1)), 1);
                file.Write(0, [1]);
                Use(file, 0);
                Use(file, 0);
                file.Delete();
            }
        });

        Assert.That(MappedOffsets(), Is.Empty);
    }

    [Test]
    public void ARangeThatReachesIntoTheNextWindow_LiesInOne()
    {
        var file = _staging.File(new InodeId(1), 1);
        var window = _staging.Mappings.Pin(
            file, ByteRange.At(MappingTable.WindowBytes - 1, MappingTable.OverlapBytes));

        Assert.That(window, Is.Not.Null);
        window!.Unpin();
        Assert.That(_staging.Mappings.Pin(file, ByteRange.At(5, MappingTable.WindowBytes * 2)), Is.Null);
    }

    private void Use(StagingFile file, ulong offset) =>
        _staging.Mappings.Pin(file, ByteRange.At(offset, 4096))!.Unpin();

    /// <summary>Where the mappings of files of this directory begin in them, as the system has it.</summary>
    private List<ulong> MappedOffsets() => File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains(_directory.Path, StringComparison.Ordinal))
        .Select(line => Convert.ToUInt64(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], 16))
        .Order()
        .ToList();
}
