using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Nfs.Tests.Cas.Reconstruction;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>Takes an input as a shard and reads its files, by what it says of them, from xorbs that are good.</summary>
internal sealed class RecipeTarget : IDisposable
{
    private readonly TestXorbs _xorbs = new();
    private readonly byte[] _room = new byte[200_000];
    private readonly IReadOnlyList<byte[]> _samples;

    public RecipeTarget()
    {
        var random = new SplitMix64(4);
        byte[][] Chunks(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => random.Bytes(8_000 + random.Below(9_000)))];
        var first = _xorbs.Add(Chunks(9));
        var second = _xorbs.Add(Chunks(3));
        _samples = [ShardOf(first, second, hasRangeHashes: true), ShardOf(first, second, hasRangeHashes: false)];
    }

    /// <summary>A loop over recipes and their reader.</summary>
    public FuzzLoop Loop(ulong seed) => new(_samples, Read, e => e is CasException, seed);

    public void Dispose() => _xorbs.Dispose();

    private byte[] ShardOf(MerkleHash first, MerkleHash second, bool hasRangeHashes)
    {
        var shard = new ShardBuilder();
        shard.TryAdd(_xorbs.EntryOf(first));
        shard.TryAdd(_xorbs.EntryOf(second));
        shard.TryAdd(_xorbs.FileOf(hasRangeHashes, (first, 0, 4), (first, 4, 9), (second, 1, 3)));
        shard.TryAdd(_xorbs.FileOf(hasRangeHashes, (second, 0, 1)));
        using var bytes = new MemoryStream();
        shard.WriteTo(bytes, ShardForm.Stored(1));
        return bytes.ToArray();
    }

    private void Read(byte[] input)
    {
        var shard = ShardReader.Open(new MemoryBytes(input));
        foreach (var entry in shard.Files())
        {
            var recipe = FileRecipe.From(shard.ReadFile(entry));
            ReadAt(recipe, 0);
            ReadAt(recipe, recipe.Length / 2);
            ReadAt(recipe, recipe.Length - Math.Min(recipe.Length, 10_000));
        }
    }

    private void ReadAt(FileRecipe recipe, ulong offset)
    {
        var count = (int)Math.Min((ulong)_room.Length, recipe.Length - offset);
        _xorbs.Reader.Read(recipe, offset, _room.AsSpan(0, count), default);
    }
}
