using NUnit.Framework;
using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>
/// A handle that can be guessed opens every file; one that changes makes every mounted client lose its files.
/// </summary>
internal sealed class FileHandleCodecTests
{
    private const uint ExportId = 3;

    private readonly FileHandleCodec _codec = new(WireServer.Key.AsSpan(0, 16));

    [TestCase(1ul)]
    [TestCase(1ul << 52)]
    [Covers("N-70", "N-73")]
    public void AHandleNamesItsInode_WithTheSameBytesEachTime(ulong number)
    {
        var handle = Encode(_codec, number);
        var later = Encode(new FileHandleCodec(WireServer.Key.AsSpan(0, 16)), number);

        Assert.That(_codec.TryDecode(handle, out var exportId, out var id), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That((exportId, id), Is.EqualTo((ExportId, new InodeId(number))));
        Assert.That(later, Is.EqualTo(handle));
        Assert.That(handle, Has.Length.LessThanOrEqualTo(64));
    }

    // Made by another implementation: a later version of the gateway has to know the handles that clients hold.
    [Test]
    [Covers("N-70", "N-74")]
    public void AHandle_IsAsDocumented()
    {
        const string known = "0100000000000003000000000000002a"
            + "1ea42230d66554166e060e0a484e19f6";

        Assert.That(Convert.ToHexString(Encode(_codec, 42)), Is.EqualTo(known.ToUpperInvariant()));
        Assert.That(
            _codec.TryDecode(Convert.FromHexString(known), out var exportId, out var id), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That((exportId, id), Is.EqualTo((ExportId, new InodeId(42))));
    }

    [Test]
    [Covers("N-71")]
    public void FlippingAnyBit_IsBadHandle()
    {
        var handle = Encode(_codec, 42);
        for (var bit = 0; bit < handle.Length * 8; bit++)
        {
            var flipped = (byte[])handle.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.That(
                _codec.TryDecode(flipped, out _, out _), Is.EqualTo(NfsStat3.NFS3ERR_BADHANDLE), $"bit {bit}");
        }
    }

    [Test]
    [Covers("N-71")]
    public void RandomHandles_NeverResolve()
    {
        var random = new Random(20240501);
        var handle = new byte[FileHandleCodec.Bytes];
        for (var i = 0; i < 1_000_000; i++)
        {
            random.NextBytes(handle);
            handle[0] = 1;
            if (_codec.TryDecode(handle, out _, out _) != NfsStat3.NFS3ERR_BADHANDLE)
            {
                Assert.Fail($"handle {Convert.ToHexString(handle)} was taken");
            }
        }
    }

    [Test]
    [Covers("N-76")]
    public void OtherLengths_AreBadHandles([Values(0, 1, 31, 33, 63, 64)] int length)
    {
        Assert.That(_codec.TryDecode(new byte[length], out _, out _), Is.EqualTo(NfsStat3.NFS3ERR_BADHANDLE));
    }

    [Test]
    [Covers("N-71")]
    public void AHandleOfAnotherKey_IsBad()
    {
        var handle = Encode(new FileHandleCodec(WireServer.Key.AsSpan(16, 16)), 42);

        Assert.That(_codec.TryDecode(handle, out _, out _), Is.EqualTo(NfsStat3.NFS3ERR_BADHANDLE));
    }

    private static byte[] Encode(FileHandleCodec codec, ulong number)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        codec.Encode(ExportId, new InodeId(number), handle);
        return handle;
    }
}
