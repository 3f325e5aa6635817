using Cas.Client;
using Cas.Client.Composition;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core.Ranges;
using Vfs.Core.Sync;

namespace Nfs.Tests.Vfs.Sync;

// The plan decides which bytes of a file go to the store: one edit off, and the store's copy is another file.
[TestFixture]
internal sealed class FlushPlannerTests
{
    private static readonly MerkleHash s_hash = MerkleHash.Read(Enumerable.Repeat((byte)7, MerkleHash.Bytes).ToArray());

    [Test]
    public void RandomEdits_GiveTheBytesOfTheFile([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var basis = new byte[1 + random.Next(200)];
            random.NextBytes(basis);
            var (file, dirty) = Edit(random, basis);

            var plan = FlushPlanner.Plan(new ContentId(s_hash, (ulong)basis.Length), (ulong)file.Length, dirty);

            switch (plan.Kind)
            {
                case FlushKind.Nothing:
                    Assert.That(file, Is.EqualTo(basis), $"seed {seed} round {round}");
                    break;
                case FlushKind.Whole:
                    Assert.That(
                        dirty.Contains(new ByteRange(0, (ulong)file.Length)), Is.True, "every byte is here");
                    break;
                case FlushKind.Compose:
                    Assert.That(
                        EditList.Check(plan.Edits, (ulong)basis.Length, (ulong)file.Length, out _), Is.Null);
                    Assert.That(
                        EditScript.Apply(basis, plan.Edits, file), Is.EqualTo(file), $"seed {seed} round {round}");
                    break;
            }
        }
    }

    [Test]
    [Covers("EC-82")]
    public void NothingDirtyAndTheSameSize_IsNothing() => Check(100, 100, [], FlushKind.Nothing);

    [Test]
    [Covers("EC-11")]
    public void ShrinkOnly_IsOneDeletion() => Check(100, 40, [], FlushKind.Compose, new Edit(40, 100, 40, 0));

    [Test]
    [Covers("EC-7")]
    public void WriteAtTheEnd_IsOneInsertion() =>
        Check(100, 110, [(100, 10)], FlushKind.Compose, new Edit(100, 100, 100, 10));

    [Test]
    [Covers("EC-8")]
    public void WriteAcrossTheEnd_ReplacesTheTail() =>
        Check(100, 120, [(90, 30)], FlushKind.Compose, new Edit(90, 100, 90, 30));

    [Test]
    [Covers("EC-12")]
    public void ShrinkThenWriteInside_HasNoTail() =>
        Check(100, 50, [(10, 5)], FlushKind.Compose, new Edit(10, 15, 10, 5), new Edit(50, 100, 50, 0));

    [Test]
    public void ShrinkWithDirtyTail_DeletesFromItsEnd() =>
        Check(100, 50, [(45, 5)], FlushKind.Compose, new Edit(45, 50, 45, 5), new Edit(50, 100, 50, 0));

    [Test]
    [Covers("EC-88")]
    public void FullCoverage_IsSentWhole() => Check(100, 120, [(0, 120)], FlushKind.Whole);

    [Test]
    public void EmptyBaseOrEmptyFile_IsSentWhole()
    {
        Check(0, 10, [(0, 10)], FlushKind.Whole);
        Check(10, 0, [], FlushKind.Whole);
    }

    private static void Check(
        ulong baseSize, ulong size, (int Start, int Length)[] ranges, FlushKind kind, params Edit[] edits)
    {
        var dirty = new RangeSet();
        foreach (var (start, length) in ranges)
        {
            dirty.Add(ByteRange.At((ulong)start, (ulong)length));
        }

        var basis = baseSize == 0 ? ContentId.Empty : new ContentId(s_hash, baseSize);
        var plan = FlushPlanner.Plan(basis, size, dirty);

        Assert.That(plan.Kind, Is.EqualTo(kind));
        Assert.That(plan.Edits, Is.EqualTo(edits));
    }

    /// <summary>A few writes and resizes, with the dirty ranges that a file keeps of them.</summary>
    private static (byte[] File, RangeSet Dirty) Edit(Random random, byte[] basis)
    {
        var file = basis.ToArray();
        var dirty = new RangeSet();
        for (var i = random.Next(8); i > 0; i--)
        {
            var old = file.Length;
            var at = random.Next(300);
            if (random.Next(4) == 0)
            {
                Array.Resize(ref file, at);
            }
            else
            {
                var bytes = new byte[1 + random.Next(30)];
                random.NextBytes(bytes);
                Array.Resize(ref file, Math.Max(old, at + bytes.Length));
                bytes.CopyTo(file, at);
                dirty.Add(ByteRange.At((ulong)at, (ulong)bytes.Length));
            }

            dirty.Clip((ulong)file.Length);
            dirty.Add(new ByteRange((ulong)old, (ulong)file.Length));
        }

        return (file, dirty);
    }
}
