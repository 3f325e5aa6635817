using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Composition;

// What a store says of a file is held against the file's hash. If these fail, an answer that is wrong becomes a file.
[TestFixture]
internal sealed class ContentGapsTests
{
    private const int ChunkBytes = 10_000;
    private const int Chunks = 400;
    private const ulong Size = (ulong)Chunks * ChunkBytes;

    private static readonly MerkleNode[] s_chunks = [.. Enumerable.Range(0, Chunks).Select(
        i => new MerkleNode(XetHash.Chunk(BitConverter.GetBytes(i)), ChunkBytes))];

    private static readonly (ulong Start, ulong End) s_window = (1_000_000, 1_500_000);

    private static ContentGaps Good => new(
        [s_window],
        [
            MerkleSubtree.Of(s_chunks.AsSpan(..100), isAtStart: true, isAtEnd: false),
            MerkleSubtree.Of(s_chunks.AsSpan(150..), isAtStart: false, isAtEnd: true),
        ],
        []);

    [Test]
    public void GapsAndWindows_GiveTheHashOfAll()
    {
        Assert.That(Good.Check(Size, [(1_000_001, 1_200_000)]), Is.Null);
        Assert.That(HashWith(s_chunks), Is.EqualTo(XetHash.File(MerkleRoot.Of(s_chunks))));
    }

    [Test]
    public void AnotherChunkInAWindow_GivesAnotherHash()
    {
        MerkleNode[] others = [.. s_chunks];
        others[120] = others[121];

        Assert.That(HashWith(others), Is.Not.EqualTo(XetHash.File(MerkleRoot.Of(s_chunks))));
    }

    [Test]
    public void AnswersThatCannotBe_AreRefused()
    {
        var before = Good.Hashes[0];
        var behind = Good.Hashes[1];
        var inside = MerkleSubtree.Of(s_chunks.AsSpan(..100), isAtStart: false, isAtEnd: false);
        ContentGaps[] wrong =
        [
            Good with { Windows = [] },
            Good with { Windows = [(1_500_000, 1_000_000)] },
            Good with { Windows = [(1_000_000, Size + 1)] },
            Good with { Windows = [s_window, s_window] },
            Good with { Hashes = [] },
            Good with { Hashes = [before] },
            Good with { Hashes = [before, null] },
            Good with { Hashes = [null, behind] },
            Good with { Hashes = [behind, before] },
            Good with { Hashes = [inside, behind] },
            Good with { Windows = [(1_000_000, 1_400_000)] },
        ];

        Assert.That(
            wrong.Select(gaps => gaps.Check(Size, [(1_000_001, 1_200_000)])), Is.All.Not.Null);
        Assert.That(Good.Check(Size, [(0, 1)]), Is.Not.Null, "nobody asked for these windows");
    }

    private static MerkleHash? HashWith(MerkleNode[] chunks) => Good.HashOf(
        _ => MerkleSubtree.Of(chunks.AsSpan(100..150), isAtStart: false, isAtEnd: false));
}
