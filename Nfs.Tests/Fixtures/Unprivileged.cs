using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Nfs.Tests.Fixtures;

/// <summary>Runs code without root's power over file permissions, also when the tests run as root.</summary>
internal static partial class Unprivileged
{
    private const uint Nobody = 65534;

    /// <summary>
    /// Runs on a thread of its own: Linux keeps the file system user per thread, and the thread ends afterwards.
    /// </summary>
    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                _ = SetFsUid(Nobody);
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFsUid(uint user);
}
