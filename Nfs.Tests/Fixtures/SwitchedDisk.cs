using Microsoft.Win32.SafeHandles;
using Vfs.Core.Content;

namespace Nfs.Tests.Fixtures;

/// <summary>The disk of this machine, whose syncs are counted and can be made to hang or to fail.</summary>
internal sealed class SwitchedDisk : IStagingDisk, IDisposable
{
    private readonly ManualResetEventSlim _goOn = new(true);
    private TaskCompletionSource _stallSeen = new();
    private int _syncs;
    private int _failures;

    /// <summary>Syncs of files so far.</summary>
    public int Syncs => Volatile.Read(ref _syncs);

    /// <summary>Makes syncs hang until <see cref="Resume"/>; the task ends when one does.</summary>
    public Task Stall()
    {
        _stallSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _goOn.Reset();
        return _stallSeen.Task;
    }

    public void Resume() => _goOn.Set();

    public void FailNextSync() => Volatile.Write(ref _failures, 1);

    public SafeFileHandle Open(string path) => HostDisk.Instance.Open(path);

    public void Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes) =>
        HostDisk.Instance.Write(file, offset, bytes);

    public void Punch(SafeFileHandle file, long offset, long length) => HostDisk.Instance.Punch(file, offset, length);

    public void SetLength(SafeFileHandle file, long length) => HostDisk.Instance.SetLength(file, length);

    public void Sync(SafeFileHandle file)
    {
        Interlocked.Increment(ref _syncs);
        if (!_goOn.IsSet)
        {
            _stallSeen.TrySetResult();
            _goOn.Wait();
        }

        if (Interlocked.Exchange(ref _failures, 0) != 0)
        {
            throw new IOException("made up by the test");
        }

        HostDisk.Instance.Sync(file);
    }

    public void SyncDirectory(string path) => HostDisk.Instance.SyncDirectory(path);

    public void Delete(string path) => HostDisk.Instance.Delete(path);

    public (ulong Total, ulong Free, ulong Available) Space(string directory) => HostDisk.Instance.Space(directory);

    public void Dispose() => _goOn.Dispose();
}
