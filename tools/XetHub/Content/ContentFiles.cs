using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;
using Microsoft.Extensions.Logging;

namespace XetHub.Content;

/// <summary>
/// The content half of an embedded store, with its xorbs and shards within reach. What is in it was checked when it
/// came. Blocks on the disk; may be used from several threads at once.
/// </summary>
internal sealed class ContentFiles : IDisposable
{
    /// <summary>Xorbs that are kept open, of 64 GiB: a question about a file asks for the index of each that it has.</summary>
    private const int OpenXorbsMax = 1024;

    private readonly StoreLock _lock;
    private readonly ContentIndex _index;
    private readonly RecipeTable _recipes;
    private readonly ChunkReader _chunks;

    private ContentFiles(
        StoreLock owned, ContentDirectory directory, ContentIndex index, TimeProvider time, ILogger logger)
    {
        _lock = owned;
        _index = index;
        Directory = directory;
        Xorbs = new LeaseCache<MerkleHash, OpenXorb>(
            hash => OpenXorb.Open(directory.Open(directory.PathOfXorb(hash)), hash), OpenXorbsMax);
        _recipes = new RecipeTable(index, directory);
        _chunks = new ChunkReader(Xorbs, new OtherCopies(Xorbs, index.FindChunk, logger));
        Reader = new RecipeReader(Xorbs, _chunks);
        Target = new LocalUploadTarget(directory, index, _recipes, Xorbs, time);
    }

    public ContentDirectory Directory { get; }

    public LeaseCache<MerkleHash, OpenXorb> Xorbs { get; }

    public RecipeReader Reader { get; }

    public IUploadTarget Target { get; }

    /// <summary>Opens the store in a directory, or makes one. Throws <see cref="StoreUnavailableException"/>.</summary>
    public static async Task<ContentFiles> OpenAsync(string directory, TimeProvider time, ILoggerFactory loggers)
    {
        System.IO.Directory.CreateDirectory(directory);

        // Opening makes a store, or says in a sentence why it cannot be used.
        await LocalStore.Open($"file://{directory}", directory, expectedIdentity: null, time, loggers).DisposeAsync();
        var owned = StoreLock.Take(directory);
        try
        {
            var logger = loggers.CreateLogger<ContentFiles>();
            var files = new ContentDirectory(directory, logger);
            var index = IndexRecovery.Open(Path.Join(directory, StoreLayout.Index), files, logger);
            return new ContentFiles(owned, files, index, time, logger);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>How a file is made; null if it is not known.</summary>
    public FileRecipe? FindFile(MerkleHash file) => _recipes.Find(file);

    /// <summary>What a xorb holds; null if it is not there.</summary>
    public XorbIndex? FindXorb(MerkleHash xorb) =>
        File.Exists(Directory.PathOfXorb(xorb)) ? Xorbs.IndexOf(xorb) : null;

    /// <summary>A xorb that has a chunk; null if none is known.</summary>
    public XorbIndex? FindXorbWith(MerkleHash chunk) =>
        _index.FindChunk(chunk) is { } place && FindXorb(place.Xorb) is { } xorb
        && place.Index < xorb.Count && xorb.Hashes[(int)place.Index] == chunk
            ? xorb
            : null;

    /// <summary>Makes the chunks of a xorb known that is on stable storage.</summary>
    public void AddXorb(XorbIndex xorb) => _index.AddXorb(xorb.Xorb, xorb.Hashes);

    /// <summary>A xorb as shards list it.</summary>
    public static ShardXorb Listed(XorbIndex xorb)
    {
        var chunks = new ShardChunk[xorb.Count];
        for (var i = 0; i < chunks.Length; i++)
        {
            chunks[i] = new ShardChunk(xorb.Hashes[i], xorb.Layout.ChunkOffset(i), (uint)xorb.Layout.ChunkLength(i));
        }

        return new ShardXorb(xorb.Xorb, chunks)
        {
            Length = xorb.Layout.ChunkBytes,
            RecordBytes = xorb.Layout.RecordBytes,
        };
    }

    public void Dispose()
    {
        _recipes.Dispose();
        _chunks.Dispose();
        Xorbs.Dispose();
        _index.Dispose();
        _lock.Dispose();
    }
}
