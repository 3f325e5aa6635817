using System.Globalization;
using Cas.Client;
using Microsoft.Win32.SafeHandles;
using Vfs.Core.Content.Mapping;
using Vfs.Core.Content.Snapshots;

namespace Vfs.Core.Content;

/// <summary>
/// The directory of staging files, named by inode and epoch and never by anything a client chose. Keeps a bounded
/// number of them open.
/// </summary>
internal sealed class StagingDirectory : IDisposable
{
    /// <summary>Reads that the disk has at a time: enough for it to order them, and few beside the thread pool.</summary>
    private const int DiskReadsMax = 16;

    private const int FanOut = 256;
    private const int OpenFilesMax = 2048;

    private readonly string _path;
    private readonly Lock _gate = new();
    private readonly Queue<StagingFile> _open = new();     // Guarded by _gate; oldest first.

    /// <summary>Opens the directory, and finds out what its disk can do: cloning, and mapping unless that is given.</summary>
    public StagingDirectory(string path, MappingMode? mapping = null, IStagingDisk? disk = null)
    {
        _path = path;
        Disk = disk ?? HostDisk.Instance;
        for (var i = 0; i < FanOut; i++)
        {
            Directory.CreateDirectory(SubDirectory(i));
        }

        Disk.SyncDirectory(path);
        Mapping = mapping ?? MappingProbe.Choose(OpenUnnamed);
        Mappings = new MappingTable(Mapping);
        HasClones = ClonedBytes.IsPossible(OpenUnnamed);
    }

    public string Path => _path;

    /// <summary>What all changes of the files go through.</summary>
    public IStagingDisk Disk { get; }

    /// <summary>How files are mapped: they all lie on one file system.</summary>
    public MappingMode Mapping { get; }

    /// <summary>Whether files can be cloned: they all lie on one file system.</summary>
    public bool HasClones { get; }

    /// <summary>Whether reading can be limited to what is in memory (RWF_NOWAIT; tmpfs has no such thing).</summary>
    public bool TellsCached { get; set; } = true;

    /// <summary>The mappings of all files.</summary>
    public MappingTable Mappings { get; }

    /// <summary>
    /// Who reads what is not in memory, so that no thread that serves connections waits for the disk. What waits for them
    /// is bounded by the calls that connections may have in flight.
    /// </summary>
    public WorkThreads Readers { get; } = new("disk reader", DiskReadsMax);

    /// <summary>The staging file of a content epoch; made on disk when first written.</summary>
    public StagingFile File(InodeId inode, ulong epoch)
    {
        var directory = SubDirectory((int)(inode.Value % FanOut));
        return new StagingFile(this, directory, System.IO.Path.Combine(directory, Name(inode, epoch)));
    }

    /// <summary>An unnamed file beside the staging files.</summary>
    public SafeFileHandle OpenUnnamed() => ContentNative.OpenUnnamed(_path);

    /// <summary>Free bytes of the disk for us.</summary>
    public (ulong Total, ulong Free, ulong Available) Space() => Disk.Space(_path);

    /// <summary>Deletes files that the database does not vouch for.</summary>
    public void RemoveLeftovers(Func<InodeId, ulong, bool> isVouchedFor, CancellationToken cancellationToken)
    {
        for (var i = 0; i < FanOut; i++)
        {
            foreach (var path in Directory.EnumerateFiles(SubDirectory(i)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!TryParse(System.IO.Path.GetFileName(path), out var inode, out var epoch) || !isVouchedFor(inode, epoch))
                {
                    Disk.Delete(path);
                }
            }
        }
    }

    /// <summary>A file was opened: closes the one that has been open longest if there are too many.</summary>
    public void Opened(StagingFile file)
    {
        StagingFile? oldest = null;
        lock (_gate)
        {
            _open.Enqueue(file);
            if (_open.Count > OpenFilesMax)
            {
                oldest = _open.Dequeue();
            }
        }

        oldest?.Close();
    }

    public void Dispose()
    {
        Readers.Dispose();
        lock (_gate)
        {
            while (_open.TryDequeue(out var file))
            {
                file.Close();
            }
        }
    }

    private static string Name(InodeId inode, ulong epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{inode.Value:x}.{epoch:x}");

    private static bool TryParse(string name, out InodeId inode, out ulong epoch)
    {
        inode = default;
        epoch = 0;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !ulong.TryParse(
                name.AsSpan(0, dot), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || !ulong.TryParse(
                name.AsSpan(dot + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out epoch))
        {
            return false;
        }

        inode = new InodeId(id);
        return true;
    }

    private string SubDirectory(int index) =>
        System.IO.Path.Combine(_path, index.ToString("x2", CultureInfo.InvariantCulture));
}
