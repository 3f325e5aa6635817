namespace Nfs.Server.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>
    /// Bad flags, an unusable state, a port in use, no running gateway, or a file that cannot be stored.
    /// </summary>
    public const int Usage = 1;

    /// <summary>The store cannot be opened.</summary>
    public const int Store = 2;

    /// <summary>The store was checked and is damaged.</summary>
    public const int Damaged = 3;
}
