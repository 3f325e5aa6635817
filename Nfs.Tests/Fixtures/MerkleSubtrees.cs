using System.Text.Json;
using Cas.Client.Hashing;

namespace Nfs.Tests.Fixtures;

/// <summary>Subtrees in golden files.</summary>
internal static class MerkleSubtrees
{
    /// <summary>Reads the JSON form; null stays null.</summary>
    public static MerkleSubtree? Read(JsonElement json) => json.ValueKind == JsonValueKind.Null
        ? null
        : MerkleSubtree.TryCreate(
            [.. json.GetProperty("nodes").EnumerateArray().Select(
                e => new MerkleNode(MerkleLists.Hash(e.GetProperty("hash")), e.GetProperty("size").GetUInt64()))],
            [.. json.GetProperty("levels").EnumerateArray().Select(e => (e[0].GetInt32(), e[1].GetInt32()))],
            json.GetProperty("at_start").GetBoolean(),
            json.GetProperty("at_end").GetBoolean()) ?? throw new InvalidDataException(json.ToString());
}
