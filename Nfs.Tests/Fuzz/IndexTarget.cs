using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Reconstruction;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>
/// Takes an input as the index of a store whose xorbs and shards are good, and finds content by it. What cannot be
/// opened must be made anew.
/// </summary>
internal sealed class IndexTarget : IDisposable
{
    private readonly StoreDirectory _directory;
    private readonly ContentDirectory _content;
    private readonly byte[] _sample;
    private readonly MerkleHash _file;
    private readonly MerkleHash _chunk;

    private IndexTarget(StoreDirectory directory, MerkleHash file, MerkleHash chunk)
    {
        _directory = directory;
        _content = new ContentDirectory(directory.Path, NullLogger.Instance);
        _sample = File.ReadAllBytes(directory[StoreLayout.Index]);
        _file = file;
        _chunk = chunk;
    }

    /// <summary>Makes a store with two files.</summary>
    public static async Task<IndexTarget> CreateAsync()
    {
        var directory = new StoreDirectory();
        var source = new MemorySource(new SplitMix64(5).Bytes(600_000));
        var hashed = await ContentHasher.HashAsync(source, default);

        // Closing moves all of the index into its file.
        await using (var store = await directory.OpenAsync())
        {
            await store.Content.PutAsync(new MemorySource(new SplitMix64(6).Bytes(9_000)), default);
            await store.Content.PutAsync(source, default);
        }

        return new IndexTarget(directory, hashed.Content.Hash, hashed.Chunks[0].Hash);
    }

    /// <summary>A loop over the index.</summary>
    public FuzzLoop Loop(ulong seed) => new([_sample], Read, IoErrorMap.Covers, seed);

    public void Dispose() => _directory.Dispose();

    private void Read(byte[] input)
    {
        var path = _directory[StoreLayout.Index];
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm"])
        {
            File.Delete(path + suffix);
        }

        File.WriteAllBytes(path, input);
        using var index = Open(path);
        index.FindChunk(_chunk);
        if (index.FindFile(_file) is { } row)
        {
            using var shard = OpenShard.Open(_content.Open(_content.PathOfShard(row.Shard)), row.Shard);
            FileRecipe.From(shard.ReadFile(_file, row.RecordIndex));
        }
    }

    private ContentIndex Open(string path)
    {
        try
        {
            return IndexRecovery.Open(path, _content, NullLogger.Instance);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            throw new InvalidOperationException("the index was not made anew", e);
        }
    }
}
