using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Content as chunks in xorbs, with shards that say how files are made of them. Whatever is read is verified against
/// the chunks' hashes.
/// </summary>
internal sealed class LocalContentStore : IContentStore, IContentInspector, IAsyncDisposable
{
    /// <summary>
    /// Xorbs kept open: enough for what one gateway reads at a time, far below the usual 1,024 descriptors, and at most
    /// 43 MB of places and hashes.
    /// </summary>
    public const int OpenXorbsMax = 128;

    /// <summary>What one processor reads; longer reads are shared among all.</summary>
    private const int PartBytes = 1 << 20;

    private readonly ContentDirectory _directory;
    private readonly ContentIndex _index;
    private readonly LeaseCache<MerkleHash, OpenXorb> _xorbs;
    private readonly RecipeTable _recipes;
    private readonly OtherCopies _copies;
    private readonly ChunkReader _chunks;
    private readonly RecipeReader _reader;

    // Enough for a disk to order what it is asked; beyond the processors it is no faster from memory. The processor is
    // theirs when nobody else wants it.
    private readonly WorkThreads _threads = new(
        "store reader", Math.Max(4, Environment.ProcessorCount), Posix.YieldToOthers);

    private readonly Uploader _uploader;
    private readonly ChunkMapTable _maps;
    private readonly LocalComposer _composer;
    private readonly JoinQueue _joins;

    /// <summary>Owns the index. Whoever wants to see what is read of xorbs gives a <paramref name="tap"/>.</summary>
    public LocalContentStore(
        ContentDirectory directory,
        ContentIndex index,
        TimeProvider time,
        ILogger logger,
        UploadLimits uploadLimits,
        ComposeLimits composeLimits,
        Func<IRandomBytes, IRandomBytes>? tap = null)
    {
        _directory = directory;
        _index = index;
        _xorbs = new LeaseCache<MerkleHash, OpenXorb>(
            hash => OpenXorb.Open(directory.Open(directory.PathOfXorb(hash)), hash, tap), OpenXorbsMax);
        _recipes = new RecipeTable(index, directory);
        _copies = new OtherCopies(_xorbs, index.FindChunk, logger);
        _chunks = new ChunkReader(_xorbs, _copies);
        _reader = new RecipeReader(_xorbs, _chunks);
        _uploader = new Uploader(new LocalUploadTarget(directory, index, _recipes, _xorbs, time), uploadLimits);
        _maps = new ChunkMapTable(_xorbs);
        _composer = new LocalComposer(_maps, _xorbs, _uploader, composeLimits);
        var joiner = new TermJoiner(_recipes, _maps, _xorbs, _uploader, composeLimits);
        _joins = new JoinQueue(joiner.JoinAsync, logger);
    }

    public async ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (CallRules.CheckRead(content, offset, destination.Length) is { } problem)
        {
            return CasResult.Fail<int>(CasError.Invalid, problem);
        }

        if (destination.IsEmpty)
        {
            return 0;
        }

        try
        {
            await (destination.Length <= PartBytes
                ? _threads.RunAsync(() => Read(content, offset, destination.Span, cancellationToken), cancellationToken)
                : ReadPartsAsync(content, offset, destination, cancellationToken));
            return destination.Length;
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<int>(e);
        }
    }

    public async ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken)
    {
        if (CallRules.CheckPut(source) is { } problem)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        try
        {
            var given = new CallerSource(source);
            return await Task.Run(() => _uploader.PutAsync(given, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<ContentId>(e);
        }
    }

    public async ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        if (CallRules.CheckCompose(basis, edits, source) is { } problem)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        try
        {
            return await Task.Run(
                () => ComposeCheckedAsync(basis, edits, source, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<ContentId>(e);
        }
    }

    public ValueTask<CasResult<ContentId>> FindAsync(MerkleHash hash, CancellationToken cancellationToken) =>
        InspectAsync(
            hash, ContentId.Empty, recipe => new ContentId(hash, recipe.Length), cancellationToken);

    public ValueTask<CasResult<ContentDescription>> DescribeAsync(
        MerkleHash hash, CancellationToken cancellationToken) =>
        InspectAsync(
            hash,
            new ContentDescription(ContentId.Empty, []),
            recipe => RecipeDescription.Of(recipe, _xorbs),
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _joins.DisposeAsync();
        _threads.Dispose();
        _recipes.Dispose();
        _chunks.Dispose();
        _xorbs.Dispose();
        _index.Dispose();
    }

    private async ValueTask<CasResult<T>> InspectAsync<T>(
        MerkleHash hash, T empty, Func<FileRecipe, T> inspect, CancellationToken cancellationToken)
    {
        if (hash == MerkleHash.Zero)
        {
            return empty;
        }

        try
        {
            return await Task.Run(() => inspect(RecipeOf(hash)), cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<T>(e);
        }
    }

    private Task ReadPartsAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = ((destination.Length - 1) / PartBytes) + 1;
        var options = new ParallelOptions { CancellationToken = cancellationToken, TaskScheduler = _threads };
        return Parallel.ForAsync(0, count, options, (index, token) =>
        {
            var start = index * PartBytes;
            var part = destination.Slice(start, Math.Min(PartBytes, destination.Length - start));
            Read(content, offset + (ulong)start, part.Span, token);
            return ValueTask.CompletedTask;
        });
    }

    private void Read(ContentId content, ulong offset, Span<byte> destination, CancellationToken cancellationToken)
    {
        var recipe = RecipeOf(content);
        try
        {
            _reader.Read(recipe, offset, destination, cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            // A whole xorb may take the place of a damaged one, and a disk may come back under another number.
            Forget(recipe);
            throw;
        }
    }

    private void Forget(FileRecipe recipe)
    {
        _recipes.Forget(recipe.Hash);
        _maps.Forget(recipe.Hash);
        foreach (var term in recipe.Terms)
        {
            _xorbs.Forget(term.Xorb);
        }
    }

    private async Task<ContentId> ComposeCheckedAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        var recipe = basis.Size == 0 ? null : RecipeOf(basis);
        try
        {
            var composed = await _composer.ComposeAsync(recipe, edits, new CallerSource(source), cancellationToken);
            _joins.Add(basis.Hash, composed.Hash);
            return composed;
        }
        catch (Exception e) when (recipe is not null && IoErrorMap.Covers(e) && IoErrorMap.Map(e) != CasError.Invalid)
        {
            Forget(recipe);
            throw;
        }
    }

    /// <summary>Throws NotFound or Corrupt as <see cref="CasException"/>.</summary>
    private FileRecipe RecipeOf(ContentId content)
    {
        var recipe = RecipeOf(content.Hash);
        return recipe.Length == content.Size
            ? recipe
            : throw new CasException(
                CasError.Corrupt, $"content {content.Hash} is {recipe.Length} bytes long instead of {content.Size}");
    }

    private FileRecipe RecipeOf(MerkleHash hash)
    {
        if (_recipes.Find(hash) is { } recipe)
        {
            return recipe;
        }

        _directory.RequireDirectories();
        throw new CasException(CasError.NotFound, $"the store has no content {hash}");
    }
}
