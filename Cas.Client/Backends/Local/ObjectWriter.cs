using System.Buffers;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Streams a source into a new object: two blocks of memory each, hashing overlapped with the disk. The bytes are
/// hashed from the same memory that is written.
/// </summary>
internal sealed class ObjectWriter(ObjectDirectory objects)
{
    /// <summary>Large enough that system calls and switches of threads do not count.</summary>
    public const int BlockBytes = 1 << 20;

    /// <summary>Most objects written at once: twice as many buffers of <see cref="BlockBytes"/>.</summary>
    private const int WritersMax = 8;

    private readonly SemaphoreSlim _writers = new(WritersMax);

    /// <summary>Stores the bytes of a source; throws what <see cref="IoErrorMap"/> covers.</summary>
    public async Task<ContentId> WriteAsync(IContentSource source, CancellationToken cancellationToken)
    {
        if (source.Length == 0)
        {
            return ContentId.Empty;
        }

        await _writers.WaitAsync(cancellationToken);
        try
        {
            using var file = objects.CreateUnpublished();
            var content = new ContentId(await CopyAsync(source, file, cancellationToken), source.Length);
            objects.Publish(file, content);
            return content;
        }
        finally
        {
            _writers.Release();
        }
    }

    private static async Task<MerkleHash> CopyAsync(
        IContentSource source, UnpublishedFile file, CancellationToken cancellationToken)
    {
        using var hash = ObjectHash.Begin();
        var blockBytes = (int)Math.Min(BlockBytes, source.Length);
        var ready = ArrayPool<byte>.Shared.Rent(blockBytes);
        var spare = ArrayPool<byte>.Shared.Rent(blockBytes);

        // After a failure the blocks are left to the collector: a source that broke its promise may still fill them.
        var offset = 0UL;
        var block = ready.AsMemory(0, blockBytes);
        await source.ReadAsync(offset, block, cancellationToken);
        while (!block.IsEmpty)
        {
            var (written, writtenOffset) = (block, offset);
            offset += (ulong)block.Length;
            var next = spare.AsMemory(0, (int)Math.Min((ulong)blockBytes, source.Length - offset));
            var disk = MoveOnAsync(file, written, writtenOffset, source, next, cancellationToken);
            hash.AppendData(written.Span);
            await disk;
            (ready, spare) = (spare, ready);
            block = next;
        }

        ArrayPool<byte>.Shared.Return(ready);
        ArrayPool<byte>.Shared.Return(spare);
        return MerkleHash.Read(hash.GetHashAndReset());
    }

    /// <summary>Writes one block and reads the one after it.</summary>
    private static Task MoveOnAsync(
        UnpublishedFile file, ReadOnlyMemory<byte> written, ulong offset, IContentSource source, Memory<byte> next,
        CancellationToken cancellationToken)
    {
        if (!next.IsEmpty)
        {
            return Task.Run(
                async () =>
                {
                    file.Append(written.Span, (long)offset);
                    await source.ReadAsync(offset + (ulong)written.Length, next, cancellationToken);
                },
                cancellationToken);
        }

        // Nothing is left to overlap with; a small object does not pay for a second thread.
        file.Append(written.Span, (long)offset);
        return Task.CompletedTask;
    }
}
