using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, every save of a large file reads all of its indexes again, or an edit is made of a content that the
// store does not have any more.
[TestFixture]
internal sealed class ChunkMapTableTests
{
    private readonly TemporaryDirectory _directory = new();
    private readonly byte[][] _chunks = [[1, 2, 3], [4, 5], [6]];
    private LeaseCache<MerkleHash, OpenXorb> _xorbs = null!;
    private MerkleHash _xorb;
    private int _opened;

    [SetUp]
    public void WriteXorb()
    {
        using (var file = File.Create(_directory["xorb"]))
        {
            var writer = new XorbWriter(file);
            Array.ForEach(_chunks, chunk => writer.TryAdd(XetHash.Chunk(chunk), chunk, CompressionScheme.None));
            _xorb = writer.Finish(hasFooter: true).Index.Xorb;
        }

        _opened = 0;
        _xorbs = new LeaseCache<MerkleHash, OpenXorb>(
            hash =>
            {
                Interlocked.Increment(ref _opened);
                return OpenXorb.Open(File.OpenHandle(_directory["xorb"]), hash);
            },
            openMax: 1);
    }

    [TearDown]
    public void Close() => _xorbs.Dispose();

    [OneTimeTearDown]
    public void Delete() => _directory.Dispose();

    [Test]
    public void Find_ByManyAtOnce_MakesTheMapOnce()
    {
        var table = new ChunkMapTable(_xorbs);
        var recipe = FileRecipe.From(MakeFile());

        var maps = Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8).Select(_ => table.Find(recipe)).ToList();

        Assert.That(maps.Distinct().Count(), Is.EqualTo(1));
        Assert.That(maps[0].Id, Is.EqualTo(new ContentId(recipe.Hash, 6)));
        Assert.That(_opened, Is.EqualTo(1));
    }

    [Test]
    public void Find_TheRecipeHasOtherTerms_MakesTheMapAnew()
    {
        var table = new ChunkMapTable(_xorbs);
        var whole = MakeFile();
        var split = new ShardFile(whole.Hash, [new(_xorb, 3, 0, 1), new(_xorb, 3, 1, 3)]);

        var map = table.Find(FileRecipe.From(whole));
        var other = table.Find(FileRecipe.From(split));

        Assert.That(map.Terms.Length, Is.EqualTo(1));
        Assert.That(other.Terms.ToArray(), Is.EqualTo(split.Terms));
    }

    [TestCase(0u, 3u, 5u, Description = "another length")]
    [TestCase(0u, 4u, 6u, Description = "chunks that the xorb does not have")]
    [TestCase(0u, 2u, 5u, Description = "other chunks than the hash says")]
    public void Find_TheRecipeIsWrong_IsCorruptEachTime(uint start, uint end, uint length)
    {
        var table = new ChunkMapTable(_xorbs);
        var recipe = FileRecipe.From(new ShardFile(MakeFile().Hash, [new(_xorb, length, start, end)]));

        for (var i = 0; i < 2; i++)
        {
            Assert.That(
                () => table.Find(recipe),
                Throws.TypeOf<CasException>().With.Property(nameof(CasException.Error)).EqualTo(CasError.Corrupt));
        }
    }

    private ShardFile MakeFile()
    {
        var nodes = _chunks.Select(chunk => new MerkleNode(XetHash.Chunk(chunk), (ulong)chunk.Length)).ToArray();
        return new ShardFile(XetHash.File(MerkleRoot.Of(nodes)), [new ShardTerm(_xorb, 6, 0, 3)]);
    }
}
