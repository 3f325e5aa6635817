using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>Reads an input as a shard in every way that there is.</summary>
internal static class ShardTarget
{
    private const long ChunksMax = 100_000;

    /// <summary>Shards of every form.</summary>
    public static IReadOnlyList<byte[]> Samples { get; } =
    [
        GoldenFile.Bytes("shards/repeat-200000-x5.rust-full.shard"),
        GoldenFile.Bytes("shards/repeat-200000-x5.rust-keyed.shard"),
        GoldenFile.Bytes("shards/repeat-200000-x5.rust-upload.shard"),
        GoldenFile.Bytes("shards/text-300000.rust-full.shard"),
        GoldenFile.Bytes("shards/text-300000.rust-xorbonly.shard"),
        GoldenFile.Bytes("shards/text-300000.npm-model.shard"),
        GoldenFile.Bytes("shards/multi-small.npm-bucket.shard"),
        GoldenFile.Bytes("shards/empty.npm-bucket.shard"),
    ];

    /// <summary>A loop over the shard reader.</summary>
    public static FuzzLoop Loop(ulong seed) => new(Samples, Read, e => e is ShardDamageException, seed);

    /// <summary>Reads it; throws only <see cref="ShardDamageException"/>.</summary>
    public static void Read(byte[] input)
    {
        var bytes = new MemoryBytes(input);
        ReadUpload(bytes);
        var shard = ShardReader.Open(bytes);
        Tolerate(() => ShardCheck.Verify(bytes, shard));
        ReadEntries(shard);
    }

    private static void ReadUpload(MemoryBytes bytes) => Tolerate(() =>
    {
        foreach (var entry in ShardReader.OpenUpload(bytes).Files())
        {
            ShardReader.OpenUpload(bytes).ReadFile(entry);
        }
    });

    private static void ReadEntries(ShardReader shard)
    {
        foreach (var entry in shard.Xorbs())
        {
            var xorb = shard.ReadXorb(entry);
            Tolerate(() => shard.FindXorb(xorb.Hash));
            MerkleHash[] chunks = [.. xorb.Chunks.Take(4).Select(chunk => chunk.Hash)];
            if (chunks.Length > 0)
            {
                Tolerate(() => shard.FindRun(chunks));
            }
        }

        foreach (var entry in shard.Files())
        {
            var file = shard.ReadFile(entry);
            Tolerate(() => shard.FindFile(file.Hash));
            Tolerate(() => ShardFileCheck.Check(file, shard.FindXorb, ChunksMax));
        }
    }

    /// <summary>One refusal does not keep the other ways of reading from being tried.</summary>
    private static void Tolerate(Action read)
    {
        try
        {
            read();
        }
        catch (ShardDamageException)
        {
            // Refused, as it may be.
        }
    }
}
