using System.Threading.Channels;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores one content that is too long to lie in memory. Reading and cutting, placing, and writing each go through the
/// blocks in order, on tasks of their own; between them blocks are hashed and packed on all cores. No more than
/// <see cref="UploadLimits.BlocksMax"/> blocks are in memory.
/// </summary>
internal sealed class UploadPipeline(
    IContentSource source, UploadSession session, SessionFile file, UploadLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _room = new(limits.BlocksMax);
    private readonly Channel<CutBlock> _cut = Stage<CutBlock>(limits);
    private readonly Channel<PlacedBlock> _placed = Stage<PlacedBlock>(limits);

    /// <summary>Writes all chunks; throws what reading and storing throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = RunAsync(() => ReadAsync(stop.Token), _cut.Writer);
        var placing = RunAsync(() => PlaceAsync(stop.Token), _placed.Writer);
        try
        {
            await WriteAsync(stop.Token);
        }
        finally
        {
            // The source is the caller's again when this returns, and the session not in use.
            await stop.CancelAsync();
            await Task.WhenAll(reading, placing);
        }
    }

    public void Dispose() => _room.Dispose();

    private static Channel<T> Stage<T>(UploadLimits limits) => Channel.CreateBounded<T>(
        new BoundedChannelOptions(limits.BlocksMax) { SingleReader = true, SingleWriter = true });

    /// <summary>Never throws: a failure goes to the next stage.</summary>
    private static async Task RunAsync<T>(Func<Task> stage, ChannelWriter<T> output)
    {
        try
        {
            await Task.Run(stage);
            output.Complete();
        }
#pragma warning disable CA1031 // The reader of the channel throws it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            output.Complete(e);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reader = new BlockReader(source, limits.BlockBytes);
        await _room.WaitAsync(cancellationToken);
        while (await reader.NextAsync(cancellationToken) is { } block)
        {
            await _cut.Writer.WriteAsync(new CutBlock(block, Task.Run(block.Hash, cancellationToken)), cancellationToken);
            await _room.WaitAsync(cancellationToken);
        }
    }

    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        await foreach (var (block, hashing) in _cut.Reader.ReadAllAsync(cancellationToken))
        {
            await hashing;
            var records = session.Place(file, block);
            var placed = new PlacedBlock(block, records, Task.Run(records.Pack, cancellationToken));
            await _placed.Writer.WriteAsync(placed, cancellationToken);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var (block, records, packing) in _placed.Reader.ReadAllAsync(cancellationToken))
        {
            await packing;
            session.Write(records);
            block.Return();
            _room.Release();
        }
    }

    private readonly record struct CutBlock(ChunkBlock Block, Task Hashing);

    private readonly record struct PlacedBlock(ChunkBlock Block, BlockRecords Records, Task Packing);
}
