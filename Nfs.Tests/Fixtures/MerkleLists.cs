using System.Text.Json;
using Cas.Client;
using Cas.Client.Hashing;

namespace Nfs.Tests.Fixtures;

/// <summary>Lists of chunks without content, as golden files describe them.</summary>
internal static class MerkleLists
{
    /// <summary>The list of a case with the properties n, seed and mode.</summary>
    public static MerkleNode[] Make(JsonElement description) => Make(
        description.GetProperty("n").GetInt32(), description.GetProperty("seed").GetUInt64(),
        description.GetProperty("mode").GetString()!);

    /// <summary>A list of random entries.</summary>
    public static MerkleNode[] Make(int count, ulong seed, string mode)
    {
        var random = new SplitMix64(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Entry(random, mode))];
    }

    /// <summary>One entry: random, never a natural cut (nocut), or always one (allcut).</summary>
    public static MerkleNode Entry(SplitMix64 random, string mode)
    {
        var hash = new MerkleHash(random.Next(), random.Next(), random.Next(), random.Next());
        hash = mode switch
        {
            "allcut" => hash with { D = hash.D & ~3UL },
            "nocut" => hash with { D = hash.D | 1 },
            _ => hash,
        };
        return new MerkleNode(hash, (random.Next() % 131072) + 1);
    }

    /// <summary>Reads the text form.</summary>
    public static MerkleHash Hash(JsonElement text) =>
        MerkleHash.TryParse(text.GetString()!, out var hash) ? hash : throw new InvalidDataException(text.ToString());
}
