using Vfs.Core.Content;

namespace Vfs.Core;

/// <summary>How a gateway's file system behaves.</summary>
public sealed record GatewayOptions
{
    /// <summary>Most clean bytes kept locally; dirty bytes come on top.</summary>
    public ulong CacheBytesMax { get; init; } = 10UL << 30;

    /// <summary>A change is sent when nothing more happened to it for this long.</summary>
    public TimeSpan FlushDebounce { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A change is sent this long after it was first made, whatever happens to it.</summary>
    public TimeSpan FlushMaxAge { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a READ waits for the store before the client is told to ask again.</summary>
    public TimeSpan ReadWaitMax { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// After so long without any progress the answer is Io: to reads of a file of which nothing comes, though they are
    /// asked again and again, and to changes that the local disk does not take. If it is not longer than
    /// <see cref="ReadWaitMax"/>, no client is ever told to ask again.
    /// </summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Most objects kept in memory.</summary>
    public int InodesMax { get; init; } = 400_000;

    /// <summary>Most contents kept in memory while idle.</summary>
    public int ContentsMax { get; init; } = 20_000;

    /// <summary>
    /// Whether names that differ in their Unicode form alone (é as one character, or as e and an accent) are one name
    /// to clients. What is stored and listed is always what the name was made with.
    /// </summary>
    public bool IsFormInsensitive { get; init; }

    /// <summary>How often the store is asked what others changed; zero for never: then it is taken to be ours alone.</summary>
    public TimeSpan PollInterval { get; init; }

    /// <summary>What becomes of a path that was changed here and by another writer of the store.</summary>
    public ConflictPolicy OnConflict { get; init; }

    /// <summary>What this machine is called in the names of conflict copies.</summary>
    public string HostName { get; init; } = Environment.MachineName;

    /// <summary>
    /// Which changes stay here. <see cref="LocalNames.All"/> makes an overlay of the state for good: no store is ever
    /// changed from it.
    /// </summary>
    public LocalNames LocalNames { get; init; } = LocalNames.None;

    /// <summary>What the staging files lie on.</summary>
    internal IStagingDisk StagingDisk { get; init; } = HostDisk.Instance;
}
