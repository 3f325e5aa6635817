using System.Buffers.Binary;
using Cas.Client;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Vfs.Core.Sync;

/// <summary>
/// What we are about to write into the store's tree, noted durably before it is sent. If the answer is lost (a crash, a
/// broken connection), the store holds entries that we do not know as its state; a note tells them from somebody
/// else's. Used by the reconciler alone but for <see cref="Load"/>.
/// <para>A note is, for each change: length of the path (4 bytes, little-endian), path, length of the encoded entry (4
/// bytes, 0 for a deletion), entry.</para>
/// </summary>
internal sealed class CommitIntents(GroupCommit commit)
{
    private readonly Dictionary<byte[], List<byte[]>> _open = new(NameComparer.Instance);
    private readonly HashSet<long> _kept = [];
    private long _last;

    /// <summary>Reads the notes that the incarnation before left.</summary>
    public void Load(MetadataReader reader) => reader.Query("SELECT seq,changes FROM intent", row =>
    {
        _last = Math.Max(_last, row.Long(0));
        _kept.Add(row.Long(0));
        Remember(row.Blob(1));
    });

    /// <summary>Notes changes; returns the note's number when it is durable, or null if the disk refuses.</summary>
    public async Task<long?> BeginAsync(IReadOnlyList<TreeChange> changes)
    {
        var note = Encode(changes);
        var number = ++_last;
        Task<VfsError>? batch;
        lock (commit.Gate)
        {
            commit.OpenLocked().Intents.Add((number, note));
            batch = commit.PendingLocked();
        }

        return batch is null || await batch == VfsError.None ? number : null;
    }

    /// <summary>The store has answered: the note is not needed any more.</summary>
    public void End(long number) => Drop([number]);

    /// <summary>The answer was lost: what the note says may be in the store.</summary>
    public void Keep(long number, IReadOnlyList<TreeChange> changes)
    {
        _kept.Add(number);
        Remember(Encode(changes));
    }

    /// <summary>Everything agrees with the store: kept notes have no more use.</summary>
    public void EndAll()
    {
        if (_kept.Count > 0)
        {
            Drop(_kept);
            _kept.Clear();
            _open.Clear();
        }
    }

    /// <summary>Whether what the store has at a path (null: nothing) may be ours.</summary>
    public bool MayBeOurs(ReadOnlySpan<byte> path, TreeEntry? found)
    {
        var encoded = found is null ? [] : TreeEntryMap.Encode(found);
        return _open.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(path, out var entries)
            && entries.Exists(entry => entry.AsSpan().SequenceEqual(encoded));
    }

    private static byte[] Encode(IReadOnlyList<TreeChange> changes)
    {
        using var stream = new MemoryStream();
        foreach (var change in changes)
        {
            Write(stream, change.Path.Span);
            Write(stream, change.Entry is null ? [] : TreeEntryMap.Encode(change.Entry));
        }

        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
    }

    private void Remember(ReadOnlySpan<byte> note)
    {
        while (!note.IsEmpty)
        {
            var path = Take(ref note).ToArray();
            var entry = Take(ref note).ToArray();
            if (!_open.TryGetValue(path, out var entries))
            {
                _open.Add(path, entries = []);
            }

            entries.Add(entry);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> note)
    {
        var length = note.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(note);
        if (length < 0 || length > note.Length - sizeof(int))
        {
            throw new InvalidDataException("a damaged note of changes in the state database");
        }

        var taken = note.Slice(sizeof(int), length);
        note = note[(sizeof(int) + length)..];
        return taken;
    }

    private void Drop(IEnumerable<long> numbers)
    {
        lock (commit.Gate)
        {
            var batch = commit.OpenLocked();
            foreach (var number in numbers)
            {
                batch.Intents.Add((number, null));
            }
        }
    }
}
