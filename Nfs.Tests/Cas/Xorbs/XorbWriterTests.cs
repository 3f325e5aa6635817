using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, a file does not come back as it was put, or servers refuse xorbs for their size.
[TestFixture]
internal sealed class XorbWriterTests
{
    [Test]
    public void Finish_RandomChunks_AreReadBack([Range(1, 40)] int seed, [Values] bool hasFooter)
    {
        var random = new SplitMix64((ulong)seed);
        var chunks = Enumerable.Range(0, 1 + random.Below(12)).Select(_ => Chunk(random)).ToList();
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);
        foreach (var chunk in chunks)
        {
            Assert.That(writer.TryAdd(XetHash.Chunk(chunk), chunk), Is.True);
        }

        var written = writer.Finish(hasFooter);

        MerkleNode[] nodes = [.. chunks.Select(chunk => new MerkleNode(XetHash.Chunk(chunk), (ulong)chunk.Length))];
        Assert.That(written.Index.Xorb, Is.EqualTo(MerkleRoot.Of(nodes)));
        Assert.That(written.Length, Is.EqualTo(output.Length));
        AssertReadsBack(output.ToArray(), written.Index.Xorb, chunks);
    }

    [Test]
    public void Open_FileOnDisk_ReadsAsFromMemory()
    {
        var xorb = new SmallXorb(hasFooter: true);
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["xorb"], xorb.Bytes);
        using var file = File.OpenHandle(directory["xorb"]);

        var reader = XorbReader.Open(new FileBytes(file), xorb.Hash);
        var all = new byte[xorb.Index.Layout.ChunkBytes];

        Assert.That(reader.ReadChunks(0, reader.Index.Count, all), Is.EqualTo(all.Length));
        Assert.That(all, Is.EqualTo(xorb.Chunks.SelectMany(chunk => chunk)));
    }

    [Test]
    public void Open_WithoutFooter_TakesHashesFromElsewhere()
    {
        var xorb = new SmallXorb(hasFooter: false);
        var bytes = new MemoryBytes(xorb.Bytes);
        var layout = XorbLayout.Walk(bytes, xorb.Hash);
        MerkleHash[] hashes = [.. xorb.Index.Hashes];

        new XorbReader(bytes, XorbIndex.Of(xorb.Hash, layout, hashes)).Verify();

        (hashes[0], hashes[1]) = (hashes[1], hashes[0]);
        Assert.That(() => XorbIndex.Of(xorb.Hash, layout, hashes), Throws.TypeOf<XorbDamageException>());
        Assert.That(() => XorbIndex.Of(xorb.Hash, layout, hashes[1..]), Throws.TypeOf<XorbDamageException>());
    }

    [Test]
    public void TryAdd_PastTheNumberOfChunks_IsRefused()
    {
        var writer = new XorbWriter(Stream.Null);
        for (var i = 0; i < XorbLimits.ChunksMax; i++)
        {
            Assert.That(writer.TryAdd(new MerkleHash((ulong)i, 1, 1, 1), [1]), Is.True);
        }

        Assert.That(writer.TryAdd(new MerkleHash(1, 1, 1, 1), [1]), Is.False);
        Assert.That(writer.Finish(hasFooter: true).Index.Count, Is.EqualTo(8192));
    }

    [Test]
    public void TryAdd_PastTheBytes_IsRefused([Values] bool isCompressible)
    {
        const int limit = 64 * 1024 * 1024;
        var chunk = isCompressible ? new byte[131_072] : new SplitMix64(1).Bytes(131_072);
        using var output = new CountingStream();
        var writer = new XorbWriter(output);
        var count = 0;
        while (writer.TryAdd(new MerkleHash((ulong)count, 1, 1, 1), chunk))
        {
            count++;
        }

        // Counted in chunk bytes it is 512 chunks exactly; their headers take the place of the last in records.
        Assert.That(count, Is.EqualTo(isCompressible ? 512 : 511));
        Assert.That(writer.ChunkBytes, Is.LessThanOrEqualTo(limit));
        Assert.That(output.Written, Is.EqualTo(writer.RecordBytes).And.LessThanOrEqualTo(limit));
        Assert.That(writer.TryAdd(new MerkleHash(1, 1, 1, 1), [1]), Is.EqualTo(!isCompressible), "a short one");
    }

    [Test]
    public void TryAppend_ManyChunks_AllocatesOnlyTheIndex()
    {
        var chunk = new SplitMix64(1).Bytes(65_536);
        ChunkCodec.Pack(chunk, CompressionScheme.Lz4);
        var writer = new XorbWriter(Stream.Null);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            writer.TryAppend(new MerkleHash((ulong)i, 1, 1, 1), ChunkCodec.Pack(chunk, CompressionScheme.Lz4), chunk);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));
    }

    [Test]
    public void Finish_NoChunk_IsRefused()
    {
        var writer = new XorbWriter(Stream.Null);

        Assert.That(() => writer.Finish(hasFooter: true), Throws.InvalidOperationException);
    }

    private static void AssertReadsBack(byte[] bytes, MerkleHash xorb, List<byte[]> chunks)
    {
        var reader = XorbReader.Open(new MemoryBytes(bytes), xorb);
        var buffer = new byte[XorbLimits.ChunkBytesMax];
        Assert.That(reader.Index.Count, Is.EqualTo(chunks.Count));
        for (var i = chunks.Count - 1; i >= 0; i--)
        {
            Assert.That(buffer[..reader.ReadChunk(i, buffer)], Is.EqualTo(chunks[i]));
        }
    }

    private static byte[] Chunk(SplitMix64 random)
    {
        var length = 1 + random.Below(random.Below(3) == 0 ? 131_072 : 2_000);
        return random.Below(4) switch
        {
            0 => random.Bytes(length),
            1 => new byte[length],
            2 => [.. random.Bytes(length).Select((b, i) => (i % 4) == 3 ? (byte)(60 + (b % 3)) : b)],
            _ => [.. random.Bytes(length).Select(b => (byte)('a' + (b % 6)))],
        };
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Written { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer) => Written += buffer.Length;
    }
}
