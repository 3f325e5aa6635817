using System.Threading.Channels;
using Cas.Client.Chunking;
using Cas.Client.Shards;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores content: reading, cutting and hashing on one task, deduplicating, compressing and writing on another. Memory
/// is bounded by a budget that all uploads share.
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

        // Blocks in the channel, one on each side of it, and the buffers' rounding up.
        var isSmall = source.Length <= (ulong)_limits.SmallBytesMax;
        var bytes = isSmall
            ? (long)source.Length
            : (_limits.BlocksMax + 2L) * 2 * (_limits.BlockBytes + ChunkLimits.MaxBytes);
        var taken = await _memory.TakeAsync(bytes, cancellationToken);
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
    /// <paramref name="workBytes"/> more for making them. Dispose it.
    /// </summary>
    public async Task<ChunkUpload> StartAsync(long workBytes, CancellationToken cancellationToken)
    {
        var taken = await _memory.TakeAsync(workBytes + ChunkUpload.BufferBytes(_limits), cancellationToken);
        return new ChunkUpload(_target, _limits, _small, () => _memory.Give(taken));
    }

    private async Task<ContentId> PutSmallAsync(IContentSource source, CancellationToken cancellationToken)
    {
        var block = (await new BlockReader(source, _limits.SmallBytesMax).NextAsync(cancellationToken))!;
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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var blocks = Channel.CreateBounded<ChunkBlock>(
            new BoundedChannelOptions(_limits.BlocksMax) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => ReadAsync(source, blocks.Writer, stop.Token), CancellationToken.None);
        try
        {
            return await StoreAsync(blocks.Reader, cancellationToken);
        }
        finally
        {
            // The source is the caller's again when this returns.
            await stop.CancelAsync();
            await reading;
        }
    }

    /// <summary>Never throws: a failure goes to the other end of the channel.</summary>
    private async Task ReadAsync(
        IContentSource source, ChannelWriter<ChunkBlock> blocks, CancellationToken cancellationToken)
    {
        try
        {
            var reader = new BlockReader(source, _limits.BlockBytes);
            while (await reader.NextAsync(cancellationToken) is { } block)
            {
                await blocks.WriteAsync(block, cancellationToken);
            }

            blocks.Complete();
        }
#pragma warning disable CA1031 // The reader of the channel throws it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            blocks.Complete(e);
        }
    }

    private async Task<ContentId> StoreAsync(ChannelReader<ChunkBlock> blocks, CancellationToken cancellationToken)
    {
        using var session = new UploadSession(_target, _limits);
        var file = session.StartFile();
        await foreach (var block in blocks.ReadAllAsync(cancellationToken))
        {
            session.Add(file, block);
            block.Return();
        }

        session.CloseXorb();
        session.Commit([EndFile(file)]);
        return file.Content;
    }
}
