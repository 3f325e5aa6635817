namespace Vfs.Core;

/// <summary>
/// The directory that holds everything local: database, staging files, handle key, lock and control socket. One
/// process owns it at a time. Whoever opens it disposes it last, when nothing uses its files any more.
/// </summary>
public sealed class StateDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const uint TypeMask = 0xF000;
    private const uint TypeDirectory = 0x4000;
    private const uint TypeRegular = 0x8000;
    private const uint OthersWrite = 0x12; // 0022
    private const uint OthersAny = 0x3F; // 0077
    private const string LockName = "lock";
    private const string KeyName = "handle.key";
    private const string DatabaseName = "state.db";
    private const string StagingName = "staging";
    private const string SocketName = "control.sock";

    // What a fresh file system has by itself; a directory with only this counts as empty.
    private const string LostAndFound = "lost+found";

    private readonly StateLock _lock;
    private readonly byte[] _handleKey;

    private StateDirectory(string path, StateLock stateLock, byte[] handleKey)
    {
        Path = path;
        _lock = stateLock;
        _handleKey = handleKey;
    }

    /// <summary>Full path of the directory.</summary>
    public string Path { get; }

    /// <summary>Path of the database.</summary>
    public string DatabasePath => DatabasePathOf(Path);

    /// <summary>Path of the directory of staging files; it exists.</summary>
    public string StagingPath => System.IO.Path.Combine(Path, StagingName);

    /// <summary>Path of the socket that the other commands talk to.</summary>
    public string ControlSocketPath => ControlSocketPathOf(Path);

    /// <summary>A copy of the 32 secret bytes that file handles are signed with; the same for ever.</summary>
    public byte[] HandleKey => (byte[])_handleKey.Clone();

    /// <summary>Where the database of the state at <paramref name="path"/> is, if it has one.</summary>
    public static string DatabasePathOf(string path) => System.IO.Path.Combine(path, DatabaseName);

    /// <summary>Path of the control socket in the state directory <paramref name="path"/>, opened or not.</summary>
    public static string ControlSocketPathOf(string path) =>
        System.IO.Path.Combine(FullPath(path), SocketName);

    /// <summary>
    /// Refuses what <see cref="Open"/> would refuse at this moment, and changes nothing. Throws
    /// <see cref="StateUnavailableException"/>.
    /// </summary>
    public static void Check(string path)
    {
        path = FullPath(path);
        if (CheckDirectory(path))
        {
            CheckContent(path);
            StateLock.Check(System.IO.Path.Combine(path, LockName));
        }
    }

    /// <summary>
    /// Opens the directory, made with mode 0700 if it is missing (its parent is not made), and locks it. Throws
    /// <see cref="StateUnavailableException"/>: not a directory, holds something else, others can write to it, not
    /// readable and writable, damaged, or owned by a running process.
    /// </summary>
    public static StateDirectory Open(string path)
    {
        path = FullPath(path);
        try
        {
            if (CheckDirectory(path))
            {
                CheckContent(path);
            }
            else
            {
                Make(path);
            }

            return OpenLocked(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"The state directory {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>
    /// Path of a directory in this one, for states of others. It is made if it is missing, and on stable storage then.
    /// </summary>
    public string MakeDirectory(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
            StateNative.SyncDirectory(Path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"The directory {path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>The bytes of a small file in the directory; null if there is none.</summary>
    public byte[]? ReadFile(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Replaces a small file in the directory. It is on stable storage when this returns, and whole at every moment.
    /// </summary>
    public void ReplaceFile(string name, ReadOnlySpan<byte> bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        try
        {
            DurableFile.Replace(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Drops the lock.</summary>
    public void Dispose() => _lock.Dispose();

    internal static bool IsRegularFile(uint mode) => (mode & TypeMask) == TypeRegular;

    internal static bool IsOpenToOthers(uint mode) => (mode & OthersAny) != 0;

    private static StateDirectory OpenLocked(string path)
    {
        var stateLock = StateLock.Take(System.IO.Path.Combine(path, LockName));
        try
        {
            // Read again: what was checked without the lock may have changed until it was taken.
            var keyPath = System.IO.Path.Combine(path, KeyName);
            var key = HandleKeyFile.Read(keyPath) ?? HandleKeyFile.Create(keyPath);
            Directory.CreateDirectory(System.IO.Path.Combine(path, StagingName), OwnerOnly);
            StateNative.SyncDirectory(path);
            return new StateDirectory(path, stateLock, key);
        }
        catch
        {
            stateLock.Dispose();
            throw;
        }
    }

    /// <summary>Whether the directory exists; refuses one that cannot be used.</summary>
    private static bool CheckDirectory(string path)
    {
        if (StateNative.Mode(path, followLinks: true) is not { } mode)
        {
            CheckParent(path);
            return false;
        }

        if ((mode & TypeMask) != TypeDirectory)
        {
            throw new StateUnavailableException($"The state path {path} is not a directory.");
        }

        if ((mode & OthersWrite) != 0)
        {
            throw new StateUnavailableException(
                $"Other users can write to the state directory {path}; take their rights away with chmod go-w.");
        }

        if (!StateNative.CanReadWriteSearch(path))
        {
            throw new StateUnavailableException(
                $"The state directory {path} cannot be read and written: {StateNative.LastErrorText()}.");
        }

        return true;
    }

    private static void CheckParent(string path)
    {
        // A dangling link, or a parent that cannot be searched, is neither there nor missing.
        if (StateNative.Mode(path, followLinks: false) is not null)
        {
            throw new StateUnavailableException($"The state path {path} is a link that leads nowhere.");
        }

        var parent = System.IO.Path.GetDirectoryName(path)!;
        if (StateNative.Mode(parent, followLinks: true) is not { } mode || (mode & TypeMask) != TypeDirectory)
        {
            throw new StateUnavailableException(
                $"The state directory {path} cannot be made because {parent} is not an existing directory.");
        }

        if (!StateNative.CanReadWriteSearch(parent))
        {
            throw new StateUnavailableException(
                $"The state directory {path} cannot be made in {parent}: {StateNative.LastErrorText()}.");
        }
    }

    private static void CheckContent(string path)
    {
        var hasKey = HandleKeyFile.Read(System.IO.Path.Combine(path, KeyName)) is not null;
        if (!hasKey && StateNative.Mode(System.IO.Path.Combine(path, DatabaseName), followLinks: false) is not null)
        {
            throw new StateUnavailableException(
                $"The state directory {path} has a database but its handle.key is missing; put the key back from a "
                + "backup, or start with another state directory.");
        }

        CheckStaging(System.IO.Path.Combine(path, StagingName));
        if (!hasKey)
        {
            RefuseForeign(path);
        }
    }

    private static void CheckStaging(string staging)
    {
        if (StateNative.Mode(staging, followLinks: false) is { } mode
            && ((mode & TypeMask) != TypeDirectory || IsOpenToOthers(mode)))
        {
            throw new StateUnavailableException($"{staging} is not a directory that only its owner can use.");
        }
    }

    /// <summary>
    /// A mistyped path must not scatter state among somebody's files. A crash while a state was made leaves nothing but
    /// the lock and an unfinished key.
    /// </summary>
    private static void RefuseForeign(string path)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            if (System.IO.Path.GetFileName(entry) is not (LockName or KeyName + ".new" or LostAndFound))
            {
                throw new StateUnavailableException(
                    $"The directory {path} is not empty and holds no gateway state; name an empty or a new directory.");
            }
        }
    }

    private static void Make(string path)
    {
        Directory.CreateDirectory(path, OwnerOnly);
        StateNative.SyncDirectory(System.IO.Path.GetDirectoryName(path)!);
    }

    private static string FullPath(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new StateUnavailableException("The state directory needs a path.");
        }

        return System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
    }
}
