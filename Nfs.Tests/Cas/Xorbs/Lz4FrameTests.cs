using System.Runtime.InteropServices;
using Cas.Client.Formats;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, chunks that other clients compressed cannot be read, or a damaged one goes unnoticed.
[TestFixture]
internal sealed partial class Lz4FrameTests
{
    private static readonly byte[] s_text = MakeText(131_072);

    [Test]
    public void Decompress_EveryKindOfFrame_GivesTheContent(
        [Values(4, 5, 6, 7)] int blockCode,
        [Values] bool isLinked,
        [Values] bool hasBlockChecksums,
        [Values] bool hasContentChecksum,
        [Values] bool hasContentSize)
    {
        foreach (var length in new[] { 1, 100, 65_536, 65_537, 131_072 })
        {
            var frame = Compress(
                s_text.AsSpan(0, length), blockCode, isLinked, hasBlockChecksums, hasContentChecksum, hasContentSize);
            var chunk = new byte[length];

            Assert.That(Lz4Frame.Decompress(frame, chunk), Is.Null);
            Assert.That(chunk.AsSpan().SequenceEqual(s_text.AsSpan(0, length)), Is.True);
            Assert.That(Lz4Frame.Decompress(frame, new byte[length + 1]), Is.Not.Null, "a longer chunk");
            Assert.That(length == 1 ? "" : Lz4Frame.Decompress(frame, new byte[length - 1]), Is.Not.Null, "a shorter");
            Assert.That(Lz4Frame.Decompress([.. frame, 0], chunk), Is.Not.Null, "something behind");
        }
    }

    [Test]
    public void Decompress_EveryTruncation_IsAnError()
    {
        var frame = Compress(s_text.AsSpan(0, 2000), 4, true, true, true, true);

        for (var length = 0; length < frame.Length; length++)
        {
            Assert.That(Lz4Frame.Decompress(frame.AsSpan(0, length), new byte[2000]), Is.Not.Null, $"{length} bytes");
        }
    }

    [Test]
    public void Decompress_EveryFlippedBit_IsAnErrorOrTheSameContent()
    {
        var content = s_text.AsSpan(0, 3000).ToArray();
        var frame = Compress(content, 4, false, false, true, false);
        var chunk = new byte[content.Length];

        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            var isSame = Lz4Frame.Decompress(frame, chunk) is not null || chunk.AsSpan().SequenceEqual(content);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(isSame, Is.True, $"bit {bit}");
        }
    }

    [Test]
    public void Compress_WhatDoesNotFit_GivesNothing()
    {
        var noise = new SplitMix64(1).Bytes(100_000);
        var state = new byte[Lz4Library.Instance.StateBytes];

        Assert.That(Lz4Frame.Compress(noise, new byte[noise.Length - 1], state), Is.Zero);
        Assert.That(Lz4Frame.Compress(s_text.AsSpan(0, 1), new byte[15], state), Is.Zero);
        Assert.That(Lz4Frame.Compress(s_text, new byte[s_text.Length - 1], state), Is.InRange(16, 60_000));
    }

    [Test]
    public void Load_WithoutTheLibrary_NamesThePackage() =>
        Assert.That(
            () => Lz4Library.Load(["libno-such-thing.so.9"]),
            Throws.TypeOf<DllNotFoundException>().With.Message.Contains("liblz4-1"));

    [TestCase(0, 0x02CC5D05U)]
    [TestCase(1, 0xCF65B03EU)]
    public void XxHash32_OfNothingAndOfOneZero(int length, uint expected) =>
        Assert.That(XxHash32.Of(new byte[length]), Is.EqualTo(expected));

    private static byte[] MakeText(int length)
    {
        var random = new SplitMix64(3);
        string[] words = ["alpha ", "beta ", "gamma ", "delta ", "epsilon\n", "zeta, ", "eta. "];
        return [.. Enumerable.Range(0, length)
            .SelectMany(_ => words[random.Below(words.Length)] + random.Below(100)).Take(length).Select(c => (byte)c)];
    }

    /// <summary>A frame by the library's own writer, which knows every option.</summary>
    private static byte[] Compress(
        ReadOnlySpan<byte> content,
        int blockCode,
        bool isLinked,
        bool hasBlockChecksums,
        bool hasContentChecksum,
        bool hasContentSize)
    {
        var settings = new Settings
        {
            BlockCode = blockCode,
            BlockMode = isLinked ? 0 : 1,
            ContentChecksum = hasContentChecksum ? 1 : 0,
            ContentSize = hasContentSize ? (ulong)content.Length : 0,
            BlockChecksum = hasBlockChecksums ? 1 : 0,
        };
        var frame = new byte[content.Length + 5_000_000];
        var length = CompressFrame(frame, (nuint)frame.Length, content, (nuint)content.Length, ref settings);
        return frame[..checked((int)length)];
    }

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_compressFrame")]
    private static partial nuint CompressFrame(
        Span<byte> destination, nuint capacity, ReadOnlySpan<byte> source, nuint length, ref Settings settings);

    /// <summary>LZ4F_preferences_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Settings
    {
        public int BlockCode;
        public int BlockMode;
        public int ContentChecksum;
        public int FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksum;
        public int Level;
        public uint AutoFlush;
        public uint FavourDecompression;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
    }
}
