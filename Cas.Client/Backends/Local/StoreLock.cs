using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The right to use a store's directory, held until disposed or until the process ends. The file stays: removing it
/// would let two processes lock two files of one name.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const int ProcessIdBytesMax = 16;

    private readonly SafeFileHandle _file;

    private StoreLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock of a directory. Throws <see cref="StoreUnavailableException"/> if it is taken.</summary>
    public static StoreLock Take(string directory)
    {
        var path = Path.Join(directory, StoreLayout.Lock);
        SafeFileHandle file;
        try
        {
            // This open locks by itself; but not everywhere, and not if .NET is told not to.
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (IsTaken(path))
        {
            throw InUse(directory, path);
        }

        try
        {
            if (!Posix.TryLock(file, path))
            {
                throw InUse(directory, path);
            }

            var owner = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, owner, 0);
            return new StoreLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static bool IsTaken(string path)
    {
        try
        {
            using var file = Posix.OpenForReading(path);
            return !Posix.TryLock(file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static StoreUnavailableException InUse(string directory, string path)
    {
        var owner = ReadOwner(path) is { } id ? $"process {id}" : "another process";
        return new StoreUnavailableException(
            $"The store in {directory} is in use by {owner}; stop that first, or give each gateway its own store.");
    }

    private static int? ReadOwner(string path)
    {
        try
        {
            using var file = Posix.OpenForReading(path);
            var buffer = new byte[ProcessIdBytesMax];
            var count = RandomAccess.Read(file, buffer, 0);
            var text = Encoding.ASCII.GetString(buffer, 0, count).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
