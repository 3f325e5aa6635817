using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Vfs.Core;

/// <summary>
/// The lock that makes one process the owner of a state directory: an flock on a file that holds the owner's process
/// id as text. The kernel drops the lock with the process, so a file left behind by a killed one is no obstacle. The
/// file is never removed: removing it would let two processes lock two files of the same name.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private const int PidTextMax = 32;

    private readonly SafeFileHandle _file;

    private StateLock(SafeFileHandle file) => _file = file;

    /// <summary>Refuses if another process, or another owner in this one, has the lock. Changes nothing.</summary>
    public static void Check(string path)
    {
        if (StateNative.Mode(path, followLinks: false) is null)
        {
            return;
        }

        using var file = OpenFile(path, create: false);
        LockOrRefuse(path, file);
        StateNative.Unlock(file);
    }

    /// <summary>Takes the lock and writes this process's id; refuses if it is taken.</summary>
    public static StateLock Take(string path)
    {
        var file = OpenFile(path, create: true);
        try
        {
            LockOrRefuse(path, file);
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(
                file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
            return new StateLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Empties the file and drops the lock.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
        {
            return;
        }

        try
        {
            RandomAccess.SetLength(_file, 0);
        }
        catch (IOException)
        {
            // Only the text goes stale; who has the lock counts.
        }

        _file.Dispose();
    }

    private static SafeFileHandle OpenFile(string path, bool create)
    {
        var mode = StateNative.Mode(path, followLinks: false);
        if (mode is not null && !StateDirectory.IsRegularFile(mode.Value))
        {
            throw new StateUnavailableException($"{path} is not a regular file, so it cannot be this state's lock.");
        }

        var file = StateNative.OpenNoFollow(path, create);
        if (!file.IsInvalid)
        {
            return file;
        }

        var reason = StateNative.LastErrorText();
        file.Dispose();
        throw new StateUnavailableException($"The lock file {path} cannot be opened: {reason}.");
    }

    private static void LockOrRefuse(string path, SafeFileHandle file)
    {
        if (StateNative.TryLock(file))
        {
            return;
        }

        if (Marshal.GetLastPInvokeError() != StateNative.EWOULDBLOCK)
        {
            throw new StateUnavailableException(
                $"The lock file {path} cannot be locked: {StateNative.LastErrorText()}.");
        }

        var directory = Path.GetDirectoryName(path);
        throw new StateUnavailableException(ReadOwner(file) is { } owner
            ? $"The state directory {directory} is in use by process {owner}."
            : $"The state directory {directory} is in use by another process.");
    }

    private static int? ReadOwner(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[PidTextMax];
        var count = RandomAccess.Read(file, text, 0);
        return int.TryParse(
            text[..count].TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var owner)
            ? owner
            : null;
    }
}
