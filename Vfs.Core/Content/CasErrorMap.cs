using Cas.Client;

namespace Vfs.Core.Content;

/// <summary>What a failure of the store or of the local disk means to clients; the one place where that is decided.</summary>
internal static class CasErrorMap
{
    /// <summary>An error means an error: what may pass is Again, what will not is Io, and nothing is NoEnt or Access.</summary>
    public static VfsError ToVfs(CasError error) => error switch
    {
        CasError.None => VfsError.None,
        CasError.Unreachable or CasError.Throttled or CasError.Unauthorized or CasError.Forbidden => VfsError.Again,
        CasError.Conflict => VfsError.Again,
        CasError.NoSpace => VfsError.NoSpc,
        CasError.NotFound or CasError.Corrupt or CasError.Invalid => VfsError.Io,
    };
}

/// <summary>What a failure of the local disk means to clients.</summary>
internal static class IoErrorMap
{
    public static VfsError ToVfs(IOException e) =>
        ContentNative.IsDiskFull(e) ? VfsError.NoSpc
        : ContentNative.IsTooFar(e) ? VfsError.FBig
        : VfsError.Io;
}
