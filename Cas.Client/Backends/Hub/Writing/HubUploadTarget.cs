using System.Collections.Concurrent;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Cas.Client.Transfer;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Sends xorbs while more are made, and a shard when all that it rests on has arrived. Finds chunks that are known to
/// be in the CAS, or that the CAS says it has: it verifies what a shard says before it takes it.
/// </summary>
internal sealed class HubUploadTarget(
    CasUploads cas, KnownChunks known, GlobalDedup dedup, Action<ShardFile> published) : IUploadTarget
{
    /// <summary>Xorbs in memory, being made or sent, of 64 MiB at most.</summary>
    private const int XorbsMax = 4;

    /// <summary>Files that are shorter save less than it costs to ask for them.</summary>
    private const int StartChunksMin = 8;

    private const int FailuresMax = 4096;

    // Without a wait handle it holds nothing of the system's.
    private readonly SemaphoreSlim _room = new(XorbsMax);
    private readonly ConcurrentDictionary<MerkleHash, Task> _sending = new();

    /// <summary>Nothing is on its way, and but for the one that may be ended nobody makes a xorb.</summary>
    public bool IsIdle => _room.CurrentCount >= XorbsMax - 1;

    public void Find(ReadOnlySpan<MerkleNode> chunks, bool isStart, Span<ChunkPlace?> places)
    {
        for (var i = 0; i < chunks.Length; i++)
        {
            places[i] = FindKnown(chunks[i]);
            var isAsked = GlobalDedup.IsAsked(chunks[i].Hash) || (isStart && i == 0 && chunks.Length >= StartChunksMin);
            if (places[i] is null && isAsked)
            {
                dedup.Ask(chunks[i].Hash);
                places[i] = FindKnown(chunks[i]);
            }
        }
    }

    public bool Holds(ChunkPlace place, MerkleHash chunk, ReadOnlySpan<byte> bytes) =>
        known.Find(place.Xorb, place.Index)?.Hash == chunk || dedup.Holds(place, chunk);

    /// <summary>Only the CAS knows, and it takes what it has once more.</summary>
    public bool HasFile(ShardFile file) => false;

    public IXorbOutput CreateXorb()
    {
        _room.Wait();
        return new XorbOutput(this);
    }

    public void PublishShard(ShardBuilder shard)
    {
        var own = shard.Xorbs.Select(xorb => xorb.Hash).ToHashSet();
        var others = shard.Files.SelectMany(file => file.Terms).Select(term => term.Xorb).Where(x => !own.Contains(x))
            .ToHashSet();
        foreach (var xorb in own.Concat(others))
        {
            Await(xorb);
        }

        using var bytes = new MemoryStream();
        shard.WriteTo(bytes, ShardForm.Upload);
        try
        {
            cas.SendShardAsync(bytes.ToArray()).GetAwaiter().GetResult();
        }
        catch (HubFailure e) when (e.Error is CasError.Invalid or CasError.NotFound && others.Count > 0)
        {
            // Perhaps a xorb that was relied on is gone: the next try sends the chunks themselves.
            foreach (var xorb in others)
            {
                known.Forget(xorb);
                dedup.Distrust(xorb);
            }

            throw new CasException(CasError.Unreachable, e.Message, e);
        }

        foreach (var file in shard.Files)
        {
            published(file);
        }
    }

    private ChunkPlace? FindKnown(MerkleNode chunk) => known.FindPlace(chunk.Hash) ?? dedup.Find(chunk);

    /// <summary>Waits until a xorb has arrived, if it is on its way. Throws what sending it threw.</summary>
    private void Await(MerkleHash xorb)
    {
        if (_sending.TryGetValue(xorb, out var sending))
        {
            // One that failed stays, for others that wait for it, until it is sent again.
            sending.GetAwaiter().GetResult();
            _sending.TryRemove(KeyValuePair.Create(xorb, sending));
        }
    }

    private void Publish(XorbBuffer records, WrittenXorb xorb)
    {
        var index = xorb.Index;
        var nodes = new MerkleNode[index.Count];
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = new MerkleNode(index.Hashes[i], (ulong)index.Layout.ChunkLength(i));
        }

        // Other files may rest on it as soon as it is known; their shards wait for it too.
        var isKnown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sending[index.Xorb] = SendAsync(isKnown.Task, index.Xorb, records, index.Layout.RecordBytes);
        known.Add(index.Xorb, 0, nodes);
        isKnown.SetResult();
        ForgetOldFailures();
    }

    private void ForgetOldFailures()
    {
        if (_sending.Count > FailuresMax)
        {
            foreach (var ended in _sending.Where(entry => entry.Value.IsCompleted).ToList())
            {
                _sending.TryRemove(ended);
            }
        }
    }

    private async Task SendAsync(Task isKnown, MerkleHash xorb, XorbBuffer records, long length)
    {
        try
        {
            await isKnown;
            await cas.SendXorbAsync(xorb, records, length);
        }
        catch
        {
            known.Forget(xorb);
            throw;
        }
        finally
        {
            await records.DisposeAsync();
            _room.Release();
        }
    }

    private sealed class XorbOutput(HubUploadTarget owner) : IXorbOutput
    {
        private XorbBuffer? _records = new();

        public Stream Stream => _records!;

        public void Publish(WrittenXorb xorb)
        {
            var records = _records!;
            _records = null;
            owner.Publish(records, xorb);
        }

        public void Dispose()
        {
            var isOpen = _records is not null;
            _records?.Dispose();
            _records = null;
            if (isOpen)
            {
                owner._room.Release();
            }
        }
    }
}
