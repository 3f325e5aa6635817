using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Content;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;
using Vfs.Core.Ranges;

namespace Nfs.Tests.Vfs.Content;

// What a file keeps in memory about its bytes when the disk fails it: nothing may be taken for durable, or for the
// store's, that is not.
[TestFixture]
internal sealed class FileContentTests
{
    private TemporaryDirectory _directory = null!;
    private StagingDirectory _staging = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new TemporaryDirectory();
        _staging = new StagingDirectory(_directory.Path);
    }

    [TearDown]
    public void TearDown()
    {
        _staging.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void Revert_BeforeTheFirstRow_WantsAWholeRowNext()
    {
        var content = Make(null);
        lock (content.Gate)
        {
            content.WriteLocked(0, new byte[10]);
            content.Durable.RowTaken(isTrusted: false, new RangeSet());
            content.WriteLocked(5, new byte[10]);

            content.RevertLocked(null);

            Assert.That((content.Size, content.Dirty.IsEmpty, content.Coverage.IsEmpty), Is.EqualTo((0UL, true, true)));
            Assert.That(content.Durable.HasRow, Is.False, "an append to a row that is not there is lost");
            content.ResizeLocked(15);
            Assert.That(Read(content, 15), Is.All.Zero, "what was given up does not come back");
        }
    }

    [Test]
    public void Revert_GoesBackToTheDurableState()
    {
        var stored = new StoredContent(100, default, 1, false, new RangeSet(), Range(0, 100), 0);
        var content = Make(stored);
        lock (content.Gate)
        {
            content.WriteLocked(50, Enumerable.Repeat((byte)1, 100).ToArray());
            content.ResizeLocked(20);

            content.RevertLocked(new StoredContent(100, default, 1, false, new RangeSet(), Range(0, 100), 3));

            Assert.That(content.Size, Is.EqualTo(100));
            Assert.That(content.Dirty, Is.EqualTo(Range(0, 100)));
            Assert.That((content.Durable.HasRow, content.Durable.LogLength, content.Durable.HasWork),
                Is.EqualTo((true, 3L, false)));
            Assert.That(content.DirtyBytesLocked, Is.EqualTo(100));
        }
    }

    [Test]
    [Covers("EC-21", "EC-158")]
    public void BytesPastTheEnd_AreCut_WhenAFileIsLoaded()
    {
        var file = _staging.File(new InodeId(9), 1);
        file.Write(0, Enumerable.Repeat((byte)7, 100).ToArray());
        file.Close();

        var content = Make(new StoredContent(40, default, 1, false, new RangeSet(), Range(0, 40), 0));
        lock (content.Gate)
        {
            content.ResizeLocked(100);
            Assert.That(Read(content, 100)[..40], Is.All.EqualTo(7));
            Assert.That(Read(content, 100)[40..], Is.All.Zero, "they may be of a write that a crash undid");
        }
    }

    [Test]
    [Covers("EC-21")]
    public void CleanCoverage_OfARowThatIsNotTrusted_IsNotBelieved()
    {
        var content = Make(new StoredContent(100, default, 1, false, Range(0, 100), Range(10, 20), 0));

        Assert.That(content.Coverage, Is.EqualTo(Range(10, 20)));
    }

    [Test]
    [Covers("EC-52")]
    public void InvariantsHold_AfterRandomOperations([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        var content = Make(null);
        for (var step = 0; step < 500; step++)
        {
            lock (content.Gate)
            {
                if (random.Next(3) == 0)
                {
                    content.ResizeLocked((ulong)random.Next(10_000));
                }
                else
                {
                    content.WriteLocked((ulong)random.Next(10_000), new byte[1 + random.Next(500)]);
                }

                // I1, I3, I5: dirty inside coverage inside size, and past the base everything is dirty.
                var outside = content.Dirty.Clone();
                outside.ExceptWith(content.Coverage);
                Assert.That(outside, Is.Empty);
                Assert.That(content.Coverage.End, Is.AtMost(content.Size));
                Assert.That(content.Dirty.Contains(new ByteRange(0, content.Size)), Is.True);
            }
        }
    }

    [Test]
    public void StagingFile_ThatCannotBeUsed_IsAnIOException()
    {
        var file = _staging.File(new InodeId(9), 1);
        Directory.CreateDirectory(Path.Combine(_directory.Path, "09", "9.1"));

        Assert.That(() => file.Write(0, new byte[1]), Throws.InstanceOf<IOException>());
        Assert.That(file.Sync, Throws.InstanceOf<IOException>());
    }

    [Test]
    [Covers("EC-21")]
    public void RemoveLeftovers_KeepsWhatIsVouchedFor()
    {
        foreach (var id in new ulong[] { 1, 2, 300 })
        {
            _staging.File(new InodeId(id), 1).Write(0, new byte[1]);
        }

        _staging.File(new InodeId(2), 2).Write(0, new byte[1]);
        File.WriteAllText(Path.Combine(_directory.Path, "07", "nonsense"), "x");

        _staging.RemoveLeftovers((inode, epoch) => inode.Value != 300 && epoch == 1, default);

        var left = Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName);
        Assert.That(left, Is.EquivalentTo(new[] { "1.1", "2.1" }));
    }

    private static RangeSet Range(ulong start, ulong end)
    {
        var set = new RangeSet();
        set.Add(new ByteRange(start, end));
        return set;
    }

    private static byte[] Read(FileContent content, int count)
    {
        var bytes = new byte[count];
        content.Staging.Read(0, bytes);
        return bytes;
    }

    private FileContent Make(StoredContent? stored) => new(
        new Inode(new InodeId(9), InodeType.Regular) { LinkCount = 1 }, stored, _staging, new CacheUsage(),
        TimeProvider.System);
}
