using System.Buffers;
using Cas.Client.Chunking;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Cas.Client.Shards;

namespace Cas.Client.Transfer;

/// <summary>
/// Stores chunks that somebody else cuts, and a file that has them. Few ones wait in memory and share xorb and shard
/// with what arrives meanwhile; more get a session of their own. Not for use by several threads.
/// </summary>
internal sealed class ChunkUpload : INewChunks, IDisposable
{
    private readonly IUploadTarget _target;
    private readonly UploadLimits _limits;
    private readonly SmallUploadQueue? _small;
    private readonly Action _giveMemory;
    private readonly byte[] _buffer;
    private readonly ChunkBlock _block;
    private UploadSession? _session;
    private SessionFile? _chunks;

    /// <summary>
    /// Calls <paramref name="giveMemory"/> when it is disposed. Without a queue, chunks are stored next to each other
    /// also if the store has them.
    /// </summary>
    public ChunkUpload(IUploadTarget target, UploadLimits limits, SmallUploadQueue? small, Action giveMemory)
    {
        _target = target;
        _limits = limits;
        _small = small;
        _giveMemory = giveMemory;
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes(limits));
        _block = new ChunkBlock(_buffer);
    }

    /// <summary>Bytes that wait in memory, at least one chunk.</summary>
    public static int BufferBytes(UploadLimits limits) => Math.Max(limits.SmallBytesMax, ChunkLimits.MaxBytes);

    /// <inheritdoc/>
    public ValueTask AddAsync(MerkleNode chunk, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!_block.TryAdd(chunk, bytes.Span))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Spill();
            _block.TryAdd(chunk, bytes.Span);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Stores the chunks, gives their places in order to <paramref name="fileOf"/>, and makes known, on stable storage,
    /// what it returns. Throws what storing and <paramref name="fileOf"/> throw; no file is known then.
    /// </summary>
    public async Task CommitAsync(Func<IReadOnlyList<ChunkRun>, ShardFile> fileOf)
    {
        if (_session is null && _small is not null)
        {
            await _small.AddAsync(_block, chunks => fileOf(chunks.ToRuns()));
            return;
        }

        Spill();
        _session!.CloseXorb();
        _session.Commit([fileOf(_chunks!.ToRuns())]);
    }

    public void Dispose()
    {
        _session?.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _giveMemory();
    }

    private void Spill()
    {
        _session ??= new UploadSession(_target, _limits, isAnew: _small is null);
        _chunks ??= _session.StartFile();
        _session.Add(_chunks, _block);
        _block.Clear();
    }
}
