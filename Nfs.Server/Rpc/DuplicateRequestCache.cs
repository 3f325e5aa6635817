using System.Diagnostics.CodeAnalysis;
using Vfs.Core;

namespace Nfs.Server.Rpc;

/// <summary>
/// Replies of calls that must not run twice. A retransmission gets the same bytes again; one that arrives while the
/// first still runs waits for the same reply. Bounded by bytes and entries, oldest reply first; running calls are
/// bounded by the limits on calls in flight.
/// <para>One lock guards everything; nothing is awaited, and no waiter is completed, under it.</para>
/// </summary>
internal sealed class DuplicateRequestCache(int bytesMax, int entriesMax)
{
    /// <summary>What an entry costs besides its bytes: key, objects, dictionary and queue slots.</summary>
    private const int EntryOverheadBytes = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<RequestKey, Entry> _entries = []; // Guarded by _gate.
    private readonly Queue<RequestKey> _finished = new(); // Guarded by _gate. Oldest first, each key once.
    private long _bytes; // Guarded by _gate.
    private long _hits;

    /// <summary>Calls that were answered from here.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>
    /// Looks a request up. True: the caller runs it and then must call <see cref="Finish"/>. False:
    /// <paramref name="reply"/> completes with the bytes of the first one's reply.
    /// </summary>
    public bool TryBegin(RequestKey key, [NotNullWhen(false)] out Task<byte[]>? reply)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries.Add(key, new Entry());
                reply = null;
                return true;
            }

            // A continuation that ran inline would run on the thread of the first call, inside its completion.
            reply = entry.Reply is { } bytes
                ? Task.FromResult(bytes)
                : (entry.Waiters ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        Interlocked.Increment(ref _hits);
        return false;
    }

    /// <summary>
    /// Ends a request: whoever waits gets <paramref name="reply"/>, and so does every later retransmission if
    /// <paramref name="keep"/>; otherwise the next one is a new request.
    /// </summary>
    public void Finish(RequestKey key, ReadOnlySpan<byte> reply, bool keep)
    {
        TaskCompletionSource<byte[]>? waiters;
        var bytes = reply.ToArray();
        lock (_gate)
        {
            var entry = _entries[key];
            waiters = entry.Waiters;
            if (keep)
            {
                entry.Reply = bytes;
                entry.Waiters = null;
                _finished.Enqueue(key);
                _bytes += bytes.Length + EntryOverheadBytes;
                TrimLocked();
            }
            else
            {
                _entries.Remove(key);
            }
        }

        waiters?.SetResult(bytes);
    }

    private void TrimLocked()
    {
        while (_bytes > bytesMax || _finished.Count > entriesMax)
        {
            _entries.Remove(_finished.Dequeue(), out var oldest);
            _bytes -= oldest!.Reply!.Length + EntryOverheadBytes;
        }
    }

    /// <summary>Running while <see cref="Reply"/> is null.</summary>
    private sealed class Entry
    {
        public byte[]? Reply;
        public TaskCompletionSource<byte[]>? Waiters;
    }
}
