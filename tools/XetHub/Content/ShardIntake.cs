using Cas.Client;
using Cas.Client.Formats;
using Cas.Client.Shards;
using XetHub.Http;

namespace XetHub.Content;

/// <summary>What a shard brought.</summary>
/// <param name="IsNew">Whether any of its files was not known.</param>
/// <param name="Files">All of its files.</param>
internal sealed record ShardReceipt(bool IsNew, IReadOnlyList<ShardFile> Files);

/// <summary>
/// Takes shards in: every file is put together from the chunks of stored xorbs before anybody can read it.
/// </summary>
internal sealed class ShardIntake(ContentFiles content)
{
    /// <summary>Chunks of all files of a shard, 256 GiB of average ones: terms may repeat chunks.</summary>
    private const long ChunksMax = 1L << 22;

    /// <summary>Chunks of xorbs in memory, at 44 bytes.</summary>
    private const long CachedChunksMax = 1 << 20;

    private readonly CostCache<ShardXorb> _xorbs = new(CachedChunksMax, xorb => xorb.Chunks.Length);

    /// <summary>
    /// Makes the files of a shard known, on stable storage. Throws <see cref="ShardDamageException"/> and
    /// <see cref="RefusedException"/>.
    /// </summary>
    public ShardReceipt Add(ReadOnlyMemory<byte> body)
    {
        var shard = ShardReader.OpenUpload(new MemoryBytes(body));
        var kept = new ShardBuilder();
        foreach (var entry in shard.Xorbs())
        {
            Require(kept.TryAdd(StoredAs(shard.ReadXorb(entry))), "the shard is too long");
        }

        var files = shard.Files().Select(entry => shard.ReadFile(entry)).ToList();
        var chunksLeft = ChunksMax;
        foreach (var file in files.Where(file => file.Hash != MerkleHash.Zero))
        {
            Verify(file, ref chunksLeft);
            Require(kept.TryAdd(file), "the shard is too long");
        }

        Require(files.All(file => file.Hash != MerkleHash.Zero || file.Terms.Length == 0), "the empty file has terms");
        var isNew = kept.Files.Any(file => content.FindFile(file.Hash) is null);
        if (kept.Files.Count + kept.Xorbs.Count > 0)
        {
            content.Target.PublishShard(kept);
        }

        return new ShardReceipt(isNew, files);
    }

    private void Verify(ShardFile file, ref long chunksLeft)
    {
        Require(file.RangeHashes is not null, $"the file {file.Hash} has no range hashes");
        var problem = ShardFileCheck.Check(file, FindXorb, chunksLeft);
        Require(problem is null, $"the file {file.Hash} cannot be made: {problem}");
        chunksLeft -= file.Terms.Sum(term => (long)term.ChunkEnd - term.ChunkStart);
    }

    /// <summary>The stored xorb, which the shard's must be equal to.</summary>
    private ShardXorb StoredAs(ShardXorb listed)
    {
        var stored = FindXorb(listed.Hash);
        Require(stored is not null, $"the xorb {listed.Hash} was not uploaded");
        Require(
            stored!.Chunks.Length == listed.Chunks.Length
            && stored.Chunks.Zip(listed.Chunks).All(
                pair => pair.First.Hash == pair.Second.Hash && pair.First.Length == pair.Second.Length),
            $"the xorb {listed.Hash} has other chunks");
        return stored;
    }

    private ShardXorb? FindXorb(MerkleHash hash)
    {
        if (_xorbs.Find(hash) is { } known)
        {
            return known;
        }

        if (content.FindXorb(hash) is not { } index)
        {
            return null;
        }

        var xorb = ContentFiles.Listed(index);
        _xorbs.Keep(hash, xorb);
        return xorb;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw RefusedException.Bad(problem);
        }
    }
}
