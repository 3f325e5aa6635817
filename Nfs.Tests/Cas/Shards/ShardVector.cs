using System.Text.Json;
using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Shards;

/// <summary>A shard that another implementation wrote, and what it says about it.</summary>
internal sealed class ShardVector
{
    private ShardVector(JsonElement entry)
    {
        Entry = entry;
        File = entry.GetProperty("file").GetString()!;
    }

    public static IReadOnlyList<ShardVector> All { get; } =
        [.. GoldenFile.Json("shards/index.json").GetProperty("shards").EnumerateArray()
            .Select(entry => new ShardVector(entry))];

    /// <summary>What the list of vectors says.</summary>
    public JsonElement Entry { get; }

    /// <summary>Name of the file.</summary>
    public string File { get; }

    /// <summary>Its bytes.</summary>
    public byte[] Bytes => GoldenFile.Bytes("shards/" + File);

    /// <summary>One by the name of its file.</summary>
    public static ShardVector Of(string file) => All.Single(vector => vector.File == file);

    public static MerkleHash Hash(JsonElement text) =>
        MerkleHash.TryParse(text.GetString()!, out var hash) ? hash : throw new InvalidDataException("not a hash");

    public ShardReader Open() => ShardReader.Open(new MemoryBytes(Bytes));

    public override string ToString() => File;
}
