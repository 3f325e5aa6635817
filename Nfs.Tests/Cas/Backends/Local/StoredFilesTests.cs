using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If this fails, a file of some size or kind does not come back as it was put, whole or in part. NFSGW_STORE_FILES=500
// makes the run longer.
[TestFixture]
internal sealed class StoredFilesTests
{
    private const int FilesDefault = 40;
    private const int BytesMax = 64 << 20;
    private const int RangesPerFile = 20;

    private static readonly string[] s_kinds = ["random", "zeros", "text", "blocks", "floats"];

    private static readonly int s_files = int.Parse(
        Environment.GetEnvironmentVariable("NFSGW_STORE_FILES") ?? $"{FilesDefault}", CultureInfo.InvariantCulture);

    [Test]
    public async Task PutAndRead_FilesOfAllKindsAndSizes_AreEqual()
    {
        using var directory = new StoreDirectory();
        var contents = new List<ContentId>();
        await using (var store = await directory.OpenAsync())
        {
            for (var seed = 0; seed < s_files; seed++)
            {
                var put = await store.Content.PutAsync(new MemorySource(Make(seed)), default);
                Assert.That(put.IsOk, Is.True, put.Detail);
                contents.Add(put.Value);
            }
        }

        var total = 0L;
        await using var again = await directory.OpenAsync();
        for (var seed = 0; seed < s_files; seed++)
        {
            var bytes = Make(seed);
            total += bytes.Length;
            var hashed = await ContentHasher.HashAsync(new MemorySource(bytes), default);
            Assert.That(contents[seed], Is.EqualTo(hashed.Content), $"seed {seed}");
            await RequireEqualAsync(again.Content, contents[seed], bytes, 0, bytes.Length, seed);
            var random = new SplitMix64((ulong)seed);
            for (var i = 0; i < RangesPerFile && bytes.Length > 0; i++)
            {
                var start = random.Below(bytes.Length);
                var length = Math.Min(bytes.Length - start, SizeBelow(random, bytes.Length));
                await RequireEqualAsync(again.Content, contents[seed], bytes, start, length, seed);
            }
        }

        TestContext.Out.WriteLine($"{s_files} files of {total >> 20} MiB, {RangesPerFile} ranges each");
    }

    private static async Task RequireEqualAsync(
        IContentStore store, ContentId content, byte[] expected, int start, int length, int seed)
    {
        var bytes = new byte[length];
        var read = await store.ReadAsync(content, (ulong)start, bytes, default);

        Assert.That(read.IsOk, Is.True, read.Detail);
        Assert.That(
            bytes.AsSpan().SequenceEqual(expected.AsSpan(start, length)), Is.True, $"seed {seed}, {length} at {start}");
    }

    /// <summary>The same bytes for the same seed; the first five are empty, the next ones of one byte.</summary>
    private static byte[] Make(int seed)
    {
        var random = new SplitMix64((ulong)seed + 1000);
        var size = (seed / s_kinds.Length) switch { 0 => 0, 1 => 1, _ => SizeBelow(random, BytesMax) };
        return s_kinds[seed % s_kinds.Length] switch
        {
            "random" => random.Bytes(size),
            "zeros" => new byte[size],
            "text" => Text(random, size),
            "blocks" => Blocks(random, size),
            _ => Floats(random, size),
        };
    }

    /// <summary>From 1 to a limit, small and large ones as often.</summary>
    private static int SizeBelow(SplitMix64 random, int limit) =>
        (int)Math.Clamp(Math.Exp(random.Below(1 << 20) / (double)(1 << 20) * Math.Log(limit)), 1, limit);

    private static byte[] Text(SplitMix64 random, int size)
    {
        var text = new StringBuilder(size + 64);
        for (var line = 0; text.Length < size; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line} user-{random.Below(50)} took {random.Below(1000)} ms\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }

    private static byte[] Blocks(SplitMix64 random, int size)
    {
        var block = random.Bytes(1 + SizeBelow(random, 1 << 20));
        var bytes = new byte[size];
        for (var offset = 0; offset < size; offset += block.Length)
        {
            block.AsSpan(0, Math.Min(block.Length, size - offset)).CopyTo(bytes.AsSpan(offset));
        }

        return bytes;
    }

    private static byte[] Floats(SplitMix64 random, int size)
    {
        var bytes = new byte[(size + 3) / 4 * 4];
        for (var offset = 0; offset < bytes.Length; offset += 4)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(offset), random.Below(10_000) / 10_000f);
        }

        return bytes[..size];
    }
}
