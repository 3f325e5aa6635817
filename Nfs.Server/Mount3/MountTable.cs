using Nfs.Server.Exports;
using Nfs.Server.Rpc;

namespace Nfs.Server.Mount3;

/// <summary>
/// Who mounted what, for people: nothing depends on it, a restart forgets it, and the oldest entries go when it is
/// full. One lock, nothing else is taken under it.
/// </summary>
internal sealed class MountTable
{
    /// <summary>Bounds the reply to DUMP as well: each entry takes at most 1,024 bytes of path.</summary>
    public const int EntriesMax = 512;

    private readonly Lock _gate = new();
    private readonly List<MountEntry> _entries = []; // Guarded by _gate.

    public void Add(ClientAddress client, byte[] path, ServedExport export)
    {
        lock (_gate)
        {
            RemoveLocked(client, path);
            if (_entries.Count == EntriesMax)
            {
                _entries.RemoveAt(0);
            }

            _entries.Add(new MountEntry(client, path, export));
        }
    }

    public void Remove(ClientAddress client, ReadOnlySpan<byte> path)
    {
        lock (_gate)
        {
            RemoveLocked(client, path);
        }
    }

    /// <summary>Forgets the mounts of one client.</summary>
    public void RemoveAll(ClientAddress client)
    {
        lock (_gate)
        {
            _entries.RemoveAll(entry => entry.Client == client);
        }
    }

    public MountEntry[] ToArray()
    {
        lock (_gate)
        {
            return [.. _entries];
        }
    }

    private void RemoveLocked(ClientAddress client, ReadOnlySpan<byte> path)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Client == client && path.SequenceEqual(_entries[i].Path))
            {
                _entries.RemoveAt(i);
                return;
            }
        }
    }
}

/// <summary>One line of DUMP.</summary>
internal sealed record MountEntry(ClientAddress Client, byte[] Path, ServedExport Export);
