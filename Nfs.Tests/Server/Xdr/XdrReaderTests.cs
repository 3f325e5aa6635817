using NUnit.Framework;
using Nfs.Server.Xdr;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Server.Xdr;

/// <summary>
/// A decoder that trusts a length lets one packet take the server's memory, or shows other clients' bytes.
/// </summary>
internal sealed class XdrReaderTests
{
    [TestCase(0u, ExpectedResult = true)]
    [TestCase(64u, ExpectedResult = true)]
    [TestCase(65u, ExpectedResult = false)]
    [TestCase(0xFFFF_FFFDu, ExpectedResult = false)]
    [TestCase(0xFFFF_FFFFu, ExpectedResult = false)]
    [Covers("N-1", "N-3")]
    public bool OpaqueLengthIsComparedWithItsMaximum(uint length)
    {
        var reader = new XdrReader((byte[])new XdrBytes().U32(length).Raw(new byte[128]));

        return reader.TryReadOpaque(64, out _);
    }

    [Test]
    [Covers("N-2")]
    public void OpaqueLongerThanTheRecord_IsRefused_AndNothingMoves()
    {
        var reader = new XdrReader((byte[])new XdrBytes().U32(9).Raw(new byte[8]));

        Assert.That(reader.TryReadOpaque(int.MaxValue, out _), Is.False);
        Assert.That(reader.Remaining, Is.EqualTo(12));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [Covers("N-5")]
    public void PaddingMustBeThere_AndItsContentDoesNotMatter(int missing)
    {
        byte[] bytes = new XdrBytes().Opaque("x"u8, padding: 0xEE);

        var whole = new XdrReader(bytes);
        var cut = new XdrReader(bytes.AsMemory(0, bytes.Length - missing));

        Assert.That(whole.TryReadOpaque(255, out var text), Is.True);
        Assert.That(text.ToArray(), Is.EqualTo("x"u8.ToArray()));
        Assert.That(whole.Remaining, Is.Zero);
        Assert.That(cut.TryReadOpaque(255, out _), Is.False);
    }

    [TestCase(0u, true)]
    [TestCase(1u, true)]
    [TestCase(2u, false)]
    [TestCase(0x8000_0000u, false)]
    [Covers("N-7")]
    public void OnlyZeroAndOneAreBooleans(uint word, bool isLegal)
    {
        var reader = new XdrReader((byte[])new XdrBytes().U32(word));

        Assert.That(reader.TryReadBool(out var value), Is.EqualTo(isLegal));
        Assert.That(value, Is.EqualTo(word == 1));
    }

    [Test]
    public void EveryTruncation_IsRefused()
    {
        byte[] bytes = new XdrBytes().U32(1).U64(2).Opaque("abcde"u8).U32(1);
        for (var length = 0; length < bytes.Length; length++)
        {
            var reader = new XdrReader(bytes.AsMemory(0, length));

            var isRead = reader.TryReadUInt32(out _) && reader.TryReadUInt64(out _) &&
                reader.TryReadOpaque(8, out _) && reader.TryReadBool(out _);

            Assert.That(isRead, Is.False, $"cut at {length}");
        }
    }
}
