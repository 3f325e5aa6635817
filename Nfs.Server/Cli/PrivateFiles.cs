using System.Runtime.InteropServices;

namespace Nfs.Server.Cli;

/// <summary>
/// Everything that a gateway makes holds other people's files or their names, whatever library makes it and whatever
/// the shell that started it allows.
/// </summary>
internal static partial class PrivateFiles
{
    private const uint OwnerOnly = 0x3F; // 0077: what is taken away.

    /// <summary>Files that this process makes from now on are for its owner alone.</summary>
    public static void Require() => _ = Umask(OwnerOnly);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
