using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, xorbs of other clients cannot be read, or ours cannot be read by them.
[TestFixture]
internal sealed class XorbVectorTests
{
    private static IEnumerable<XorbVector> Vectors => XorbVector.All;

    [TestCaseSource(nameof(Vectors))]
    public void Open_Vector_FindsEveryChunk(XorbVector vector)
    {
        var bytes = vector.Bytes;

        var reader = XorbReader.Open(new MemoryBytes(bytes), vector.Hash);

        Assert.That(bytes, Has.Length.EqualTo(vector.Length));
        Assert.That(reader.Index.Layout.RecordBytes, Is.EqualTo(vector.FooterStart ?? bytes.Length));
        Assert.That(reader.Index.Hashes.ToArray(), Is.EqualTo(vector.Chunks.Select(chunk => chunk.Hash)));
        Assert.That(Chunks(reader).Select(chunk => XetHash.Chunk(chunk)), Is.EqualTo(vector.Chunks.Select(chunk => chunk.Hash)));
        Assert.That(Headers(bytes, reader.Index.Layout), Is.EqualTo(vector.Chunks.Select(chunk =>
            new ChunkHeader((CompressionScheme)chunk.Scheme, chunk.PayloadLength, chunk.Length))));
    }

    [TestCaseSource(nameof(Vectors))]
    public void Write_ChunksOfAVector_GivesTheSameXorb(XorbVector vector)
    {
        var bytes = vector.Bytes;
        var chunks = Chunks(XorbReader.Open(new MemoryBytes(bytes), vector.Hash));

        var (written, xorb) = Write(vector, chunks);

        var ours = XorbReader.Open(new MemoryBytes(written), vector.Hash);
        Assert.That(xorb.Index.Xorb, Is.EqualTo(vector.Hash));
        Assert.That(xorb.Length, Is.EqualTo(written.Length));
        Assert.That(Chunks(ours), Is.EqualTo(chunks));
        foreach (var (header, theirs) in Headers(written, ours.Index.Layout).Zip(vector.Chunks))
        {
            // Their compressor may give up where the system's does not.
            Assert.That(
                (byte)header.Scheme, Is.EqualTo(theirs.Scheme).Or.EqualTo(theirs.Scheme == 0 ? 2 : theirs.Scheme));
            Assert.That(header.PayloadLength, Is.LessThanOrEqualTo(theirs.PayloadLength + (theirs.Length / 50)));
        }

        // Compressors are free in what they emit; where nothing is compressed, nothing is free.
        if (Headers(written, ours.Index.Layout).All(header => header.Scheme == CompressionScheme.None))
        {
            Assert.That(written, Is.EqualTo(bytes));
        }
    }

    [TestCaseSource(nameof(Vectors))]
    public void Write_RecordsOfAVectorAsTheyAre_GivesTheSameBytes(XorbVector vector)
    {
        var bytes = vector.Bytes;
        var index = XorbIndex.Read(new MemoryBytes(bytes), vector.Hash);
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);

        for (var i = 0; i < index.Count; i++)
        {
            var record = bytes.AsSpan((int)index.Layout.RecordOffset(i), index.Layout.RecordLength(i));
            Assert.That(ChunkHeader.Read(record, out var header), Is.Null);
            Assert.That(writer.TryAppend(index.Hashes[i], header, record[ChunkHeader.Bytes..]), Is.True);
        }

        writer.Finish(vector.FooterStart is not null);
        Assert.That(output.ToArray(), Is.EqualTo(bytes));
    }

    private static (byte[] Bytes, WrittenXorb Xorb) Write(XorbVector vector, List<byte[]> chunks)
    {
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);
        foreach (var chunk in chunks)
        {
            Assert.That(writer.TryAdd(XetHash.Chunk(chunk), chunk), Is.True);
        }

        var xorb = writer.Finish(vector.FooterStart is not null);
        return (output.ToArray(), xorb);
    }

    private static List<byte[]> Chunks(XorbReader reader)
    {
        var chunks = new List<byte[]>();
        var buffer = new byte[XorbLimits.ChunkBytesMax];
        for (var i = 0; i < reader.Index.Count; i++)
        {
            chunks.Add(buffer[..reader.ReadChunk(i, buffer)]);
        }

        return chunks;
    }

    private static List<ChunkHeader> Headers(byte[] bytes, XorbLayout layout)
    {
        var headers = new List<ChunkHeader>();
        for (var i = 0; i < layout.Count; i++)
        {
            Assert.That(ChunkHeader.Read(bytes.AsSpan((int)layout.RecordOffset(i)), out var header), Is.Null);
            headers.Add(header);
        }

        return headers;
    }
}
