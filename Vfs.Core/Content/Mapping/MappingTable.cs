using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>
/// The mappings of staging files: windows of them, bounded in number; the one unused for longest leaves, and is
/// unmapped when no reply is sent from it any more.
/// <para>Lock: its own, a leaf; nothing is mapped or unmapped under it.</para>
/// </summary>
internal sealed class MappingTable(MappingMode mode)
{
    /// <summary>Distance of windows. A huge file takes a window for each part that is in use.</summary>
    public const ulong WindowBytes = 64UL << 20;

    /// <summary>What a window reaches into the next one, so that no READ lies in two.</summary>
    public const ulong OverlapBytes = 1UL << 20;

    /// <summary>
    /// Windows that are kept. Mapping anew costs little against what is sent from a window; pages of files that stay
    /// mapped count as memory of this process, although the system can take them at any time.
    /// </summary>
    public const int WindowsMax = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<(StagingFile File, ulong Index), LinkedListNode<Entry>> _windows = [];
    private readonly LinkedList<Entry> _recent = new();     // Guarded by _gate; last used first.

    /// <summary>The window that a range lies in, pinned; null if there is none and none can be had.</summary>
    public MappedWindow? Pin(StagingFile file, ByteRange range)
    {
        var key = (File: file, Index: range.Start / WindowBytes);
        var part = ByteRange.At(key.Index * WindowBytes, WindowBytes + OverlapBytes);
        if (mode == MappingMode.None || range.End > part.End)
        {
            return null;
        }

        lock (_gate)
        {
            if (_windows.TryGetValue(key, out var node))
            {
                node.Value.Window.Pin();
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value.Window;
            }
        }

        var window = file.Map(part, mode);
        if (window is not null)
        {
            Add(key, window);
        }

        return window;
    }

    /// <summary>Lets go of the windows of a file that is closed or deleted.</summary>
    public void Drop(StagingFile file)
    {
        List<MappedWindow> dropped = [];
        lock (_gate)
        {
            for (var node = _recent.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Key.File == file)
                {
                    RemoveLocked(node);
                    dropped.Add(node.Value.Window);
                }

                node = next;
            }
        }

        dropped.ForEach(window => window.Dispose());
    }

    /// <summary>Pins a new window and takes it in.</summary>
    private void Add((StagingFile File, ulong Index) key, MappedWindow window)
    {
        MappedWindow? other = null;
        MappedWindow? oldest = null;
        window.Pin();
        lock (_gate)
        {
            if (_windows.TryGetValue(key, out var node))
            {
                // Somebody else mapped it at the same time.
                other = node.Value.Window;
                RemoveLocked(node);
            }

            _windows.Add(key, _recent.AddFirst(new Entry(key, window)));
            if (_recent.Count > WindowsMax)
            {
                oldest = _recent.Last!.Value.Window;
                RemoveLocked(_recent.Last);
            }
        }

        other?.Dispose();
        oldest?.Dispose();
    }

    private void RemoveLocked(LinkedListNode<Entry> node)
    {
        _windows.Remove(node.Value.Key);
        _recent.Remove(node);
    }

    private readonly record struct Entry((StagingFile File, ulong Index) Key, MappedWindow Window);
}
