using Nfs.Server.Nfs3;
using Nfs.Server.Nfs3.Translation;
using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// Takes an input as a file handle. Only what this server made is taken: the very bytes that it gives for that inode.
/// </summary>
internal static class HandleTarget
{
    private static readonly FileHandleCodec s_codec = new(WireServer.Key.AsSpan(0, 16));
    private static readonly FileHandleCodec s_otherKey = new(WireServer.Key.AsSpan(16, 16));

    /// <summary>A loop over the handle decoder.</summary>
    public static FuzzLoop Loop(ulong seed) => new([.. Samples()], Read, Expect.IsRefusal, seed, Mutate);

    private static IEnumerable<byte[]> Samples()
    {
        foreach (var number in new ulong[] { 1, 2, 0x1234_5678, 1UL << 52, ulong.MaxValue })
        {
            yield return Encode(s_codec, 1, number);
            yield return Encode(s_codec, uint.MaxValue, number);
            yield return Encode(s_otherKey, 1, number);
        }
    }

    /// <summary>Often nothing: a mutated handle is never taken, and some must be.</summary>
    private static byte[] Mutate(byte[] handle, IReadOnlyList<byte[]> samples, SplitMix64 random) =>
        random.Below(2) == 0 ? handle : ByteMutation.Apply(handle, samples, random);

    private static void Read(byte[] input)
    {
        var status = s_codec.TryDecode(input, out var exportId, out var id);
        if (status == NfsStat3.NFS3_OK)
        {
            Expect.That(
                Encode(s_codec, exportId, id.Value).AsSpan().SequenceEqual(input), "a handle that nobody was given");
            return;
        }

        Expect.That(status == NfsStat3.NFS3ERR_BADHANDLE, $"{status}");
        Expect.That((exportId, id) == default, "a bad handle names something");
        throw new RefusedException("bad");
    }

    private static byte[] Encode(FileHandleCodec codec, uint exportId, ulong number)
    {
        var handle = new byte[FileHandleCodec.Bytes];
        codec.Encode(exportId, new InodeId(number), handle);
        return handle;
    }
}
