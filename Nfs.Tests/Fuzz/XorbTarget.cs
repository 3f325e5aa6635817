using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>Reads an input as a xorb in every way that there is.</summary>
internal static class XorbTarget
{
    /// <summary>Small xorbs of all kinds of compression, with and without a footer.</summary>
    public static IReadOnlyList<byte[]> Samples { get; } = [.. MakeSamples()];

    /// <summary>A loop over the xorb reader.</summary>
    public static FuzzLoop Loop(ulong seed) => new(Samples, Read, e => e is XorbDamageException, seed);

    /// <summary>Reads it; throws only <see cref="XorbDamageException"/>.</summary>
    public static void Read(byte[] input)
    {
        var bytes = new MemoryBytes(input);
        ReadByName(bytes, NameInFooter(input));
        ReadWithoutHashes(bytes);
    }

    private static void ReadByName(MemoryBytes bytes, MerkleHash name)
    {
        try
        {
            XorbReader.Open(bytes, name).Verify();
        }
        catch (XorbDamageException)
        {
            // The name is a guess; the other way of reading decides.
        }
    }

    /// <summary>Hashes would stop nearly every input before it gets deep.</summary>
    private static void ReadWithoutHashes(MemoryBytes bytes)
    {
        var layout = XorbLayout.Walk(bytes, default);
        var chunk = System.Buffers.ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            for (var i = 0; i < layout.Count; i++)
            {
                XorbRecord.Unpack(bytes, default, layout, i, chunk);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static MerkleHash NameInFooter(byte[] input)
    {
        var at = input.AsSpan().IndexOf("XETBLOB"u8) + 8;
        return at >= 8 && at + MerkleHash.Bytes <= input.Length ? MerkleHash.Read(input.AsSpan(at)) : default;
    }

    private static IEnumerable<byte[]> MakeSamples()
    {
        foreach (var hasFooter in new[] { false, true })
        {
            var random = new SplitMix64(hasFooter ? 1UL : 2UL);
            using var output = new MemoryStream();
            var writer = new XorbWriter(output);
            for (var i = 0; i < 6; i++)
            {
                byte[] part = random.Bytes(1 + random.Below(90));
                byte[] chunk = [.. Enumerable.Range(0, 1 + (i % 3)).SelectMany(_ => part)];
                writer.TryAdd(XetHash.Chunk(chunk), chunk);
            }

            byte[] floats = [.. Enumerable.Range(0, 2000).SelectMany(_ => new[] { (byte)random.Next(), (byte)0, (byte)63 })];
            writer.TryAdd(XetHash.Chunk(floats), floats);
            writer.Finish(hasFooter);
            yield return output.ToArray();
        }

        yield return GoldenFile.Bytes("xorbs/f32-odd-4003.npm.xorb");
        yield return GoldenFile.Bytes("xorbs/zeros-131073.rust-footer.xorb");
        yield return GoldenFile.Bytes("xorbs/counter-1MiB.npm.xorb");
        yield return GoldenFile.Bytes("xorbs/repeat-4KiB-block-to-1MiB.npm.xorb");
    }
}
