using NUnit.Framework;
using Nfs.Server.Xdr;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Server.Xdr;

/// <summary>An encoder that leaves old bytes in its padding sends one client's data to another.</summary>
internal sealed class XdrWriterTests
{
    [Test]
    [Covers("N-6")]
    public void PaddingIsZero_WhateverTheBufferHeld([Range(0, 8)] int length)
    {
        var buffer = new XdrBuffer();
        buffer.Span.Fill(0xAA);
        var name = new byte[length];
        Array.Fill(name, (byte)'n');

        var writer = new XdrWriter(buffer);
        writer.WriteOpaque(name);
        writer.Complete();

        Assert.That(buffer.Written.ToArray(), Is.EqualTo((byte[])new XdrBytes().Opaque(name)));
    }

    [Test]
    public void WhatIsWritten_IsReadBack_AlsoAfterTheBufferGrew()
    {
        var buffer = new XdrBuffer();
        var writer = new XdrWriter(buffer);
        for (var i = 0u; i < 5000; i++)
        {
            writer.WriteUInt32(i);
            writer.WriteUInt64(ulong.MaxValue - i);
            writer.WriteBool(i % 2 == 0);
        }

        writer.Complete();

        var reader = new XdrReader(buffer.Written.ToArray());
        for (var i = 0u; i < 5000; i++)
        {
            Assert.That(
                reader.TryReadUInt32(out var word) && reader.TryReadUInt64(out var wide) &&
                reader.TryReadBool(out var flag) && word == i && wide == ulong.MaxValue - i && flag == (i % 2 == 0),
                Is.True);
        }

        buffer.Clear();
        Assert.That(buffer.Length, Is.Zero);
    }

    [Test]
    public void WithoutComplete_NothingWasWritten()
    {
        var buffer = new XdrBuffer();

        var writer = new XdrWriter(buffer);
        writer.Reserve(10_000).Fill(1);

        Assert.That(buffer.Length, Is.Zero);
    }

    [Test]
    [Covers("N-14")]
    public void ABufferNeverGrowsPastTheLongestReply()
    {
        var buffer = new XdrBuffer();

        Assert.That(() => buffer.Grow(XdrBuffer.BytesMax + 1, 0), Throws.InvalidOperationException);
    }
}
