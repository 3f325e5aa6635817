using Microsoft.Win32.SafeHandles;
using Vfs.Core.Content;

namespace Nfs.Tests.Model.Disk;

/// <summary>
/// A disk under one state directory that keeps what was written apart from what was made stable, a page and a name at
/// a time. Real files hold what the gateway sees; what a crash would leave of them is kept here. The gate guards all
/// fields and makes every change one step, so that a crash falls between two changes and nowhere else.
/// </summary>
internal sealed class SimulatedDisk : IStagingDisk, IDisposable
{
    private const int ErrorNoSpace = 28;

    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, SimulatedFile> _files = new(StringComparer.Ordinal);

    // Names that were removed, and may come back in a crash.
    private readonly SortedDictionary<string, SimulatedFile> _removed = new(StringComparer.Ordinal);
    private readonly Dictionary<SafeFileHandle, SimulatedFile> _open = [];
    private readonly HashSet<SimulatedFile> _failed = [];
    private long _changes;
    private long _crashAt = long.MaxValue;
    private Random _fate = new(0);
    private bool _failsNextSync;
    private bool _isFull;
    private bool _isLogBehind;  // A transaction was refused, and is not tried again yet.
    private DiskImage? _crashed;

    public SimulatedDisk(string directory, DiskImage image)
    {
        _directory = directory;
        foreach (var (path, bytes) in image.Files)
        {
            _files.Add(Path.Combine(directory, path), new SimulatedFile(bytes));
        }

        SqliteVfs.Watch(directory, this);
    }

    /// <summary>What the crash left, once there was one.</summary>
    public DiskImage? Crashed
    {
        get
        {
            lock (_gate)
            {
                return _crashed;
            }
        }
    }

    /// <summary>Whether changes fail now, or the next sync will, or what failed is still to be tried again.</summary>
    public bool IsFaulty
    {
        get
        {
            lock (_gate)
            {
    return _isFull || _isLogBehind || _failsNextSync || _failed.Count > 0;
            }
        }
    }

    /// <summary>Names of staging files of which a sync failed since <see cref="TakeFailedSyncs"/>.</summary>
    public List<string> FailedSyncs
    {
        get
        {
            lock (_gate)
            {
                return [.. _files.Where(x => _failed.Contains(x.Value)).Select(x => Path.GetFileName(x.Key))];
            }
        }
    }

    /// <summary>Gives the names of <see cref="FailedSyncs"/>, and empties it.</summary>
    public List<string> TakeFailedSyncs()
    {
        lock (_gate)
        {
            var names = FailedSyncs;
            _failed.Clear();
            return names;
        }
    }

    /// <summary>
    /// Crashes after so many more changes, or now; what survives is chosen by <paramref name="choice"/>.
    /// </summary>
    public void CrashAfter(int changes, int choice)
    {
        lock (_gate)
        {
            (_crashAt, _fate) = (_changes + changes, new Random(choice));
            if (changes == 0)
            {
                CrashLocked();
            }
        }
    }

    /// <summary>A crash that was to come does not.</summary>
    public void NeverCrash()
    {
        lock (_gate)
        {
            _crashAt = long.MaxValue;
        }
    }

    /// <summary>Lets the next sync of a staging file fail, as the medium would; or not any more.</summary>
    public void FailNextSync(bool isOn)
    {
        lock (_gate)
        {
            _failsNextSync = isOn;
        }
    }

    /// <summary>Lets everything that needs space fail, or not any more; says whether it did before.</summary>
    public bool Fill(bool isFull)
    {
        lock (_gate)
        {
            var wasFull = _isFull;
            _isFull = isFull;
            return wasFull;
        }
    }

    public SafeFileHandle Open(string path)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var file))
            {
                StepLocked();
                _files.Add(path, file = new SimulatedFile());
            }

            var handle = HostDisk.Instance.Open(path);
            _open[handle] = file;
            return handle;
        }
    }

    public void Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            StepLocked();
            if (_isFull)
            {
                throw new IOException("the simulated disk is full", ErrorNoSpace);
            }

            HostDisk.Instance.Write(file, offset, bytes);
            _open[file].Write(offset, bytes);
        }
    }

    public void Punch(SafeFileHandle file, long offset, long length)
    {
        lock (_gate)
        {
            StepLocked();
            HostDisk.Instance.Punch(file, offset, length);
            _open[file].Punch(offset, length);
        }
    }

    public void SetLength(SafeFileHandle file, long length)
    {
        lock (_gate)
        {
            StepLocked();
            HostDisk.Instance.SetLength(file, length);
            _open[file].SetLength(length);
        }
    }

    public void Sync(SafeFileHandle file)
    {
        lock (_gate)
        {
            StepLocked();
            if (_failsNextSync)
            {
                _failsNextSync = false;
                _open[file].FailSync();
                _failed.Add(_open[file]);
                throw new IOException("the simulated disk failed to write");
            }

            _open[file].Sync();
        }
    }

    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            StepLocked();
            foreach (var (name, file) in _files)
            {
                file.IsNameStable |= Path.GetDirectoryName(name) == path;
            }

            foreach (var name in _removed.Keys.Where(name => Path.GetDirectoryName(name) == path).ToList())
            {
                _removed.Remove(name);
            }
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            StepLocked();
            HostDisk.Instance.Delete(path);
            RemoveLocked(path);
        }
    }

    public (ulong Total, ulong Free, ulong Available) Space(string directory) => (1UL << 40, 1UL << 39, 1UL << 39);

    public void Dispose() => SqliteVfs.Forget(_directory);

    /// <summary>SQLite opened a file. It syncs the names of its files itself, as its own tests show.</summary>
    internal SimulatedFile OpenForSqlite(string path)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var file))
            {
                _files.Add(path, file = new SimulatedFile([]));
            }

            return file;
        }
    }

    internal void RemoveForSqlite(string path)
    {
        lock (_gate)
        {
            _files.Remove(path);
        }
    }

    /// <summary>Runs a change that SQLite makes; false if the disk is full and the change needs space.</summary>
    internal bool ChangeForSqlite(bool isLog, bool needsSpace, Action change)
    {
        lock (_gate)
        {
            StepLocked();
            var isRefused = _isFull && needsSpace;
            _isLogBehind = isLog ? isRefused : _isLogBehind;
            if (!isRefused)
            {
                change();
            }

            return !isRefused;
        }
    }

    private void RemoveLocked(string path)
    {
        if (_files.Remove(path, out var file) && file.IsNameStable)
        {
            _removed[path] = file;
        }
    }

    private void StepLocked()
    {
        if (++_changes >= _crashAt && _crashed is null)
        {
            CrashLocked();
        }
    }

    private void CrashLocked()
    {
        var image = new DiskImage(_fate.Next());
        foreach (var (path, file) in _removed)
        {
            AddLocked(image, path, file, isCertain: false);
        }

        foreach (var (path, file) in _files)
        {
            AddLocked(image, path, file, file.IsNameStable);
        }

        _crashed = image;
    }

    private void AddLocked(DiskImage image, string path, SimulatedFile file, bool isCertain)
    {
        if (isCertain || _fate.Next(2) == 0)
        {
            image.Add(Path.GetRelativePath(_directory, path), file.AfterCrash(_fate));
        }
    }
}
