using System.Buffers.Binary;
using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, a damaged object in the store is handed to a user as if it were the file.
[TestFixture]
internal sealed class XorbDamageTests
{
    [Test]
    public void Read_EveryFlippedBit_IsAnErrorOrTheSameChunks([Values] bool hasFooter)
    {
        var xorb = new SmallXorb(hasFooter);
        var bytes = xorb.Bytes;
        var harmless = new List<int>();

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TryRead(bytes, xorb.Hash, out var chunks, out var damage))
            {
                Assert.That(chunks, Is.EqualTo(xorb.Chunks), $"bit {bit}");
                harmless.Add(bit / 8);
            }
            else
            {
                Assert.That(damage!.Message, Does.Contain(xorb.Hash.ToString()));
                AssertNamesTheChunk(xorb, bit / 8, hasFooter, damage);
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        // Beside the uploader's number, only bits inside compressed data can be without meaning: of zeros, every
        // match is as good as any other.
        var records = xorb.Index.Layout;
        var nonce = bytes.Length - 20;
        Assert.That(harmless, Has.All.Matches<int>(at =>
            (hasFooter && at >= nonce && at < nonce + 4) ||
            (at > records.RecordOffset(1) + 8 && at < records.RecordOffset(3))));
        Assert.That(harmless.Distinct().Count(), Is.LessThan(16));
    }

    [Test]
    public void Read_EveryTruncation_IsAnError([Values] bool hasFooter)
    {
        var xorb = new SmallXorb(hasFooter);

        for (var length = 0; length < xorb.Bytes.Length; length++)
        {
            var isRead = TryRead(xorb.Bytes[..length], xorb.Hash, out var chunks, out _);

            // Without its footer it is the form of an upload.
            var isUpload = hasFooter && length == xorb.Index.Layout.RecordBytes;
            Assert.That(isRead, Is.EqualTo(isUpload), $"{length} bytes");
            if (isRead)
            {
                Assert.That(chunks, Is.EqualTo(xorb.Chunks));
            }
        }
    }

    [Test]
    public void Read_SomethingBehindIt_IsAnError([Values] bool hasFooter)
    {
        var xorb = new SmallXorb(hasFooter);

        Assert.That(TryRead([.. xorb.Bytes, 0], xorb.Hash, out _, out _), Is.False);
        Assert.That(TryRead([.. xorb.Bytes, .. xorb.Bytes], xorb.Hash, out _, out _), Is.False);
    }

    [Test]
    public void Read_AnotherXorb_IsAnError([Values] bool hasFooter)
    {
        Assert.That(TryRead(new SmallXorb(hasFooter, 2).Bytes, new SmallXorb(hasFooter).Hash, out _, out _), Is.False);
    }

    [Test]
    public void ReadChunk_DamagedPayload_LeavesNothingOfItInTheBuffer()
    {
        var xorb = new SmallXorb(hasFooter: true);
        var reader = XorbReader.Open(new MemoryBytes(xorb.Bytes), xorb.Hash);
        xorb.Bytes[20] ^= 1;
        var buffer = new byte[100];

        Assert.That(
            () => reader.ReadChunk(0, buffer),
            Throws.TypeOf<XorbDamageException>().With.Property("ChunkIndex").EqualTo(0)
                .And.Message.EqualTo($"xorb {xorb.Hash} is damaged: chunk 0 at byte 0: its bytes do not match its hash"));
        Assert.That(buffer, Is.All.Zero);
        Assert.That(reader.ReadChunk(3, buffer), Is.EqualTo(1));
    }

    [Test]
    public void Read_ChunkThatEndsLikeAFooter_IsReadAsTheChunk()
    {
        var other = new SmallXorb(hasFooter: true);
        byte[] chunk = [.. new byte[100], .. other.Bytes.AsSpan((int)other.Index.Layout.RecordBytes)];
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);
        writer.TryAdd(XetHash.Chunk(chunk), chunk, CompressionScheme.None);
        var hash = writer.Finish(hasFooter: false).Index.Xorb;

        Assert.That(TryRead(output.ToArray(), hash, out var chunks, out _), Is.True);
        Assert.That(chunks, Is.EqualTo(new[] { chunk }));
    }

    [Test]
    public void Read_FooterOfVersion0_GivesTheChunks_AndIsCheckedToo()
    {
        var xorb = new SmallXorb(hasFooter: false);
        var bytes = xorb.Bytes.Concat(LegacyFooter(xorb)).ToArray();

        Assert.That(TryRead(bytes, xorb.Hash, out var chunks, out _), Is.True);
        Assert.That(chunks, Is.EqualTo(xorb.Chunks));
        for (var bit = xorb.Bytes.Length * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var isNonce = bit / 8 >= bytes.Length - 20 && bit / 8 < bytes.Length - 16;
            Assert.That(TryRead(bytes, xorb.Hash, out _, out _), Is.EqualTo(isNonce), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void Read_MoreChunksThanAllowed_IsAnErrorAndNotAnAllocation()
    {
        byte[] record = [0, 1, 0, 0, 0, 1, 0, 0, 7];
        byte[] bytes = [.. Enumerable.Repeat(record, XorbLimits.ChunksMax + 1).SelectMany(r => r)];
        TryRead(bytes, default, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(TryRead(bytes, default, out _, out var damage), Is.False);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1024 * 1024));
        Assert.That(damage!.Message, Does.Contain("more than 8192 chunks"));
    }

    internal static bool TryRead(
        byte[] bytes, MerkleHash hash, out List<byte[]> chunks, out XorbDamageException? damage)
    {
        chunks = [];
        damage = null;
        try
        {
            // Bytes in memory and bytes that must be read go different ways.
            XorbReader.Open(new MemoryBytes(bytes), hash).Verify();
            var reader = XorbReader.Open(new CountingBytes(new MemoryBytes(bytes)), hash);
            var buffer = new byte[XorbLimits.ChunkBytesMax];
            for (var i = 0; i < reader.Index.Count; i++)
            {
                chunks.Add(buffer[..reader.ReadChunk(i, buffer)]);
            }

            return true;
        }
        catch (XorbDamageException caught)
        {
            damage = caught;
            return false;
        }
    }

    /// <summary>With a footer the reader knows what each chunk must be, so that it can tell which one is not.</summary>
    private static void AssertNamesTheChunk(SmallXorb xorb, int at, bool hasFooter, XorbDamageException damage)
    {
        if (!hasFooter || at >= xorb.Index.Layout.RecordBytes)
        {
            return;
        }

        var chunk = Enumerable.Range(0, xorb.Index.Count).Last(i => xorb.Index.Layout.RecordOffset(i) <= at);
        Assert.That(damage.ChunkIndex, Is.EqualTo(chunk), $"byte {at}");
        Assert.That(damage.Offset, Is.EqualTo(xorb.Index.Layout.RecordOffset(chunk)));
    }

    private static byte[] LegacyFooter(SmallXorb xorb)
    {
        var layout = xorb.Index.Layout;
        var footer = new List<byte>([.. "XETBLOB\0"u8, .. xorb.Hash.ToBytes()]);
        void Put(int number)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            footer.AddRange(bytes);
        }

        Put(layout.Count);
        for (var i = 0; i < layout.Count; i++)
        {
            Put((int)layout.RecordOffset(i) + layout.RecordLength(i));
        }

        foreach (var hash in xorb.Index.Hashes)
        {
            footer.AddRange(hash.ToBytes());
        }

        footer.AddRange(new byte[16]);
        Put(footer.Count);
        return [.. footer];
    }
}
