namespace Nfs.Server;

/// <summary>What an <see cref="NfsServer"/> needs to know.</summary>
public sealed record NfsServerOptions
{
    /// <summary>Length of <see cref="HandleKey"/>.</summary>
    public const int HandleKeyBytes = 32;

    /// <summary>
    /// Secret random bytes, made once and kept with the state: handles and the names of requests stay good across
    /// restarts as long as it is the same.
    /// </summary>
    public required byte[] HandleKey { get; init; }
}
