using System.Numerics;
using Cas.Client.Chunking;
using Cas.Client.Shards;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores content: small ones in company, larger ones each by a pipeline of its own. Memory is bounded by a budget that
/// all uploads share.
/// </summary>
internal sealed class Uploader
{
    private readonly IUploadTarget _target;
    private readonly UploadLimits _limits;
    private readonly MemoryBudget _memory;
    private readonly SmallUploadQueue _small;

    public Uploader(IUploadTarget target, UploadLimits limits)
    {
        _target = target;
        _limits = limits;
        _memory = new MemoryBudget(limits.MemoryBytesMax);
        _small = new SmallUploadQueue(target, limits);
    }

    /// <summary>Stores the bytes of a source; throws what reading and storing throw.</summary>
    public async Task<ContentId> PutAsync(IContentSource source, CancellationToken cancellationToken)
    {
        if (source.Length == 0)
        {
            return ContentId.Empty;
        }

        var isSmall = source.Length <= (ulong)_limits.SmallBytesMax;
        var taken = await _memory.TakeAsync(isSmall ? SmallBytes(source) : LargeBytes(), cancellationToken);
        try
        {
            return isSmall
                ? await PutSmallAsync(source, cancellationToken)
                : await PutLargeAsync(source, cancellationToken);
        }
        finally
        {
            _memory.Give(taken);
        }
    }

    /// <summary>
    /// Begins an upload of chunks that the caller makes, when there is memory for it and
    /// <paramref name="workBytes"/> more for making them. Dispose it. With <paramref name="isAnew"/>, chunks are stored
    /// next to each other also if the store has them.
    /// </summary>
    public async Task<ChunkUpload> StartAsync(long workBytes, CancellationToken cancellationToken, bool isAnew = false)
    {
        var taken = await _memory.TakeAsync(workBytes + ChunkUpload.BufferBytes(_limits), cancellationToken);
        return new ChunkUpload(_target, _limits, isAnew ? null : _small, () => _memory.Give(taken));
    }

    // Buffers come in powers of two.
    private static long SmallBytes(IContentSource source) => (long)BitOperations.RoundUpToPowerOf2(source.Length);

    // The blocks, and the chunk that one leaves to the next; what the shard is made of, and its bytes.
    private long LargeBytes() =>
        ((long)_limits.BlocksMax * _limits.BlockBytes) + ChunkLimits.MaxBytes + (2L * _limits.ShardBytesMax);

    private async Task<ContentId> PutSmallAsync(IContentSource source, CancellationToken cancellationToken)
    {
        var block = (await new BlockReader(source, _limits.SmallBytesMax).NextAsync(cancellationToken))!;
        block.Hash();
        var file = await _small.AddAsync(block, EndFile);
        block.Return();
        return new ContentId(file.Hash, source.Length);
    }

    private static ShardFile EndFile(SessionFile file)
    {
        file.End();
        return file.ToShardFile();
    }

    private async Task<ContentId> PutLargeAsync(IContentSource source, CancellationToken cancellationToken)
    {
        using var session = new UploadSession(_target, _limits);
        var file = session.StartFile();
        using (var pipeline = new UploadPipeline(source, session, file, _limits))
        {
            await pipeline.RunAsync(cancellationToken);
        }

        session.CloseXorb();
        session.Commit([EndFile(file)]);
        return file.Content;
    }
}
