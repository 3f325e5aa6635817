using Cas.Client;
using Cas.Client.Reconstruction;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Reconstruction;

// If these fail, reading gives other bytes, reads and unpacks the same chunks again and again, or gives up although a
// good copy is there.
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RecipeReaderTests
{
    private readonly TestXorbs _xorbs = new();
    private readonly SplitMix64 _random = new(11);
    private MerkleHash _first;
    private MerkleHash _second;

    [SetUp]
    public void SetUp()
    {
        _first = _xorbs.Add(Chunks(12));
        _second = _xorbs.Add(Chunks(5));
    }

    [TearDown]
    public void TearDown() => _xorbs.Dispose();

    [Test]
    public void Read_AnyRange_GivesItsBytes()
    {
        (MerkleHash, int, int)[] terms =
        [
            (_first, 0, 4), (_first, 4, 9), (_second, 1, 3), (_first, 9, 12), (_second, 0, 1),
        ];
        var expected = _xorbs.BytesOf(terms);
        var recipe = FileRecipe.From(_xorbs.FileOf(hasRangeHashes: true, terms));

        for (var i = 0; i < 500; i++)
        {
            var start = _random.Below(expected.Length);
            var bytes = new byte[_random.Below(Math.Min(expected.Length - start, 1 << _random.Below(18))) + 1];
            _xorbs.Reader.Read(recipe, (ulong)start, bytes, default);
            Assert.That(bytes.AsSpan().SequenceEqual(expected.AsSpan(start, bytes.Length)), Is.True, $"{start}");
        }
    }

    [Test]
    public void Read_TermsThatFollowEachOtherInAXorb_TakesOneRead()
    {
        var recipe = FileRecipe.From(_xorbs.FileOf(true, (_first, 0, 4), (_first, 4, 9), (_first, 9, 12)));
        var bytes = new byte[recipe.Length];
        _xorbs.ResetReads();

        _xorbs.Reader.Read(recipe, 0, bytes, default);

        Assert.That(_xorbs.Reads, Is.EqualTo(1));
    }

    [Test]
    public void Read_SmallPartsInOrder_ReadsEachChunkOnce()
    {
        var recipe = FileRecipe.From(_xorbs.FileOf(hasRangeHashes: true, (_first, 0, 12)));
        var part = new byte[100];
        _xorbs.ResetReads();

        for (var offset = 0UL; offset + 100 <= recipe.Length; offset += 100)
        {
            _xorbs.Reader.Read(recipe, offset, part, default);
        }

        // A chunk that is stored as it is takes one read for its header.
        Assert.That(_xorbs.Reads, Is.InRange(12, 24));
    }

    [Test]
    public void Read_DamagedChunkThatAnotherXorbHas_GivesTheGoodBytes([Values(0, 1)] int chunk, [Values] bool isWhole)
    {
        var chunks = Chunks(3);
        var damaged = _xorbs.Add(chunks);
        var other = _xorbs.Add([.. Chunks(2), chunks[chunk]]);
        _xorbs.Places[_xorbs.IndexOf(damaged).Hashes[chunk]] = new ChunkPlace(other, 2);
        var recipe = FileRecipe.From(_xorbs.FileOf(hasRangeHashes: true, (damaged, 0, 3)));
        byte[] expected = [.. chunks.SelectMany(bytes => bytes)];
        _xorbs.Damage(damaged, chunk);

        var bytes = isWhole ? new byte[expected.Length] : new byte[expected.Length - 2];
        var start = isWhole ? 0 : 1;
        _xorbs.Reader.Read(recipe, (ulong)start, bytes, default);

        Assert.That(bytes, Is.EqualTo(expected[start..(start + bytes.Length)]));
        Assert.That(_xorbs.Copies.Count, Is.EqualTo(1));
    }

    [Test]
    public void Read_DamagedChunkWithoutAGoodCopy_IsCorruptAndNamesIt()
    {
        var chunks = Chunks(3);
        var damaged = _xorbs.Add(chunks);
        var wrong = _xorbs.Add(Chunks(3));
        var alsoDamaged = _xorbs.Add(Chunks(1)[0], chunks[1]);
        var recipe = FileRecipe.From(_xorbs.FileOf(hasRangeHashes: true, (damaged, 0, 3)));
        _xorbs.Damage(damaged, 1);
        _xorbs.Damage(alsoDamaged, 1);
        ChunkPlace?[] places =
        [
            null, new(damaged, 1), new(wrong, 1), new(wrong, 7), new(alsoDamaged, 1), new(MerkleHash.Zero, 0),
        ];

        foreach (var place in places)
        {
            _xorbs.Places.Clear();
            if (place is { } known)
            {
                _xorbs.Places[_xorbs.IndexOf(damaged).Hashes[1]] = known;
            }

            Assert.That(
                () => _xorbs.Reader.Read(recipe, 0, new byte[recipe.Length], default),
                Throws.TypeOf<XorbDamageException>().With.Property("Xorb").EqualTo(damaged)
                    .And.Property("ChunkIndex").EqualTo(1), $"{place}");
        }
    }

    private byte[][] Chunks(int count) =>
        [.. Enumerable.Range(0, count).Select(i => i % 3 == 1 ? Words(20_000) : _random.Bytes(9_000 + (i * 700)))];

    private byte[] Words(int length)
    {
        var word = _random.Bytes(40);
        return [.. Enumerable.Range(0, length).Select(i => word[i % word.Length])];
    }
}
