using Cas.Client;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Xorbs;

/// <summary>A xorb of a few short chunks, one for each way of compression.</summary>
internal sealed class SmallXorb
{
    public SmallXorb(bool hasFooter, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        Chunks =
        [
            random.Bytes(40),
            new byte[300],
            [.. Enumerable.Range(0, 150).SelectMany(i => new byte[] { (byte)random.Next(), (byte)(i / 9), 0, 63 })],
            random.Bytes(1),
        ];
        CompressionScheme[] schemes =
        [
            CompressionScheme.None, CompressionScheme.Lz4, CompressionScheme.GroupedLz4, CompressionScheme.Lz4,
        ];
        using var output = new MemoryStream();
        var writer = new XorbWriter(output);
        foreach (var (chunk, scheme) in Chunks.Zip(schemes))
        {
            writer.TryAdd(XetHash.Chunk(chunk), chunk, scheme);
        }

        Index = writer.Finish(hasFooter).Index;
        Bytes = output.ToArray();
    }

    public byte[][] Chunks { get; }

    public XorbIndex Index { get; }

    public MerkleHash Hash => Index.Xorb;

    public byte[] Bytes { get; }
}
