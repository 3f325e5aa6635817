using System.Security.Cryptography;

namespace Vfs.Core;

/// <summary>
/// The file with the key that file handles are signed with. It is made once: another key would make every handle that
/// clients hold stale.
/// </summary>
internal static class HandleKeyFile
{
    /// <summary>Bytes of the key.</summary>
    public const int KeyBytes = 32;

    /// <summary>The key, or null if there is no file. Refuses anything but a regular file of 32 bytes.</summary>
    public static byte[]? Read(string path)
    {
        if (StateNative.Mode(path, followLinks: false) is not { } mode)
        {
            return null;
        }

        if (!StateDirectory.IsRegularFile(mode))
        {
            throw new StateUnavailableException($"{path} is not a regular file, so it cannot be the handle key.");
        }

        if (StateDirectory.IsOpenToOthers(mode))
        {
            throw new StateUnavailableException(
                $"Other users can read or change the handle key {path}; take their rights away with chmod 600.");
        }

        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            var key = new byte[KeyBytes];
            return length == KeyBytes && RandomAccess.Read(file, key, 0) == KeyBytes
                ? key
                : throw new StateUnavailableException(
                    $"The handle key {path} is damaged: it has {length} bytes and not {KeyBytes}; put it back from a "
                    + "backup, or remove the whole state directory.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"The handle key {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Makes a new key; there is none yet.</summary>
    public static byte[] Create(string path)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        DurableFile.Replace(path, key, overwrite: false);
        return key;
    }
}
