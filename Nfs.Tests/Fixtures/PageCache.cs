namespace Nfs.Tests.Fixtures;

/// <summary>What the system keeps of files in memory.</summary>
internal static class PageCache
{
    /// <summary>Takes a file's clean pages out of memory, but those that are mapped and were used.</summary>
    public static void Forget(string path) =>
        Command.Run("dd", "if=" + path, "iflag=nocache", "count=0", "status=none");
}
