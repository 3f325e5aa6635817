using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content.Mapping;

// Asked for too much, every reply takes the slow way; asked for too little, the network waits for the disk.
[TestFixture]
internal sealed class ResidencyTests
{
    [TestCase(0UL, 1UL, 1UL, 0UL, 0UL, TestName = "M2_LessThanAPage_NothingToAsk")]
    [TestCase(0UL, 4096UL, 4096UL, 0UL, 4096UL, TestName = "M3_OnePage_IsAsked")]
    [TestCase(0UL, 12288UL, 12288UL, 0UL, 12288UL, TestName = "M3_ExactPages_AllAsked")]
    [TestCase(0UL, 4097UL, 4097UL, 0UL, 4096UL, TestName = "M1_PartialLastPage_IsExempt")]
    [TestCase(0UL, 8191UL, 8191UL, 0UL, 4096UL, TestName = "M1_NearlyFullLastPage_IsExempt")]
    [TestCase(5000UL, 5001UL, 9000UL, 4096UL, 8192UL, TestName = "M4_PartOfAFullPage_AsksThePage")]
    [TestCase(4095UL, 8193UL, 20000UL, 0UL, 12288UL, TestName = "M4_EveryPageThatIsTouched")]
    [TestCase(8200UL, 8300UL, 8300UL, 8192UL, 8192UL, TestName = "M1_InsideThePartialLastPage_NothingToAsk")]
    [Covers("EC-273", "EC-274")]
    public void PagesToCheck(ulong start, ulong end, ulong size, ulong expectedStart, ulong expectedEnd) =>
        Assert.That(
            Residency.PagesToCheck(new ByteRange(start, end), size, 4096),
            Is.EqualTo(new ByteRange(expectedStart, expectedEnd)));

    [TestCase(16384UL)]
    [TestCase(65536UL)]
    public void M7_ThePageSize_IsTheSystems(ulong page) =>
        Assert.That(
            Residency.PagesToCheck(new ByteRange(page - 1, (2 * page) + 1), (2 * page) + 1, page),
            Is.EqualTo(new ByteRange(0, 2 * page)));

    [Test]
    [Covers("EC-275")]
    public void M4_M5_OneAbsentPage_ClosesTheGate_AndOnlyAFullOne()
    {
        var page = (ulong)Environment.SystemPageSize;
        using var directory = new TemporaryDirectory();
        using var staging = new StagingDirectory(directory.Path, MappingMode.Shared);
        var file = staging.File(new InodeId(9), 1);
        file.Write(0, new byte[page]);

        // A page of a hole that nobody touched is in no memory.
        file.Extend(2 * page);
        var reads = new StagedReads();

        Assert.That(IsResident(reads, file, new ByteRange(0, page), 2 * page), Is.True);
        Assert.That(IsResident(reads, file, new ByteRange(0, page + 1), 2 * page), Is.False);
        Assert.That(IsResident(reads, file, new ByteRange(0, page + 1), page + 1), Is.True, "past the end of file");
        Assert.That(IsResident(reads, file, new ByteRange(page, (2 * page) - 1), (2 * page) - 1), Is.True);
        Assert.That(reads.IsEmpty, Is.True);
    }

    [Test]
    public void M6_WhereNothingCanBeAsked_NothingIsResident()
    {
        using var directory = new TemporaryDirectory();
        using var staging = new StagingDirectory(directory.Path, MappingMode.None);
        var file = staging.File(new InodeId(9), 1);
        file.Write(0, new byte[10]);

        Assert.That(IsResident(new StagedReads(), file, new ByteRange(0, 10), 10), Is.False);
    }

    private static bool IsResident(StagedReads reads, StagingFile file, ByteRange range, ulong size)
    {
        var bytes = reads.AddLocked(file, range, size);
        using (bytes as IDisposable)
        {
            return bytes.IsResident();
        }
    }
}
