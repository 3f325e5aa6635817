using Nfs.Server.Nfs3;

namespace Nfs.Server.Transport;

/// <summary>Every bound of the wire side in one place, each with its reason.</summary>
internal static class ServerLimits
{
    /// <summary>The largest WRITE, and room for its header, credential and arguments.</summary>
    public const int RecordBytesMax = Nfs3Constants.TransferBytesMax + 4096;

    /// <summary>What an idle connection holds for receiving; most records are far smaller.</summary>
    public const int ReceiveBytes = 64 << 10;

    /// <summary>
    /// A buffer for the largest record. The slack takes the head of the next one, so that it needs no receive of its
    /// own.
    /// </summary>
    public const int LargeReceiveBytes = RecordBytesMax + 8192;

    /// <summary>
    /// Bytes of a record that must be here before it gets a large buffer, so that memory grows with bytes received
    /// and not with bytes announced.
    /// </summary>
    public const int LargeReceiveThresholdBytes = 32 << 10;

    /// <summary>Fragments without a byte that a peer may send in a row.</summary>
    public const int EmptyFragmentsMax = 64;

    /// <summary>
    /// Calls of one connection that are running or whose replies are not sent; more wait at the client.
    /// </summary>
    public const int ConnectionCallsMax = 128;

    /// <summary>Bytes of calls and replies that one connection may hold before its next call is read.</summary>
    public const long ConnectionBytesMax = 32L << 20;

    /// <summary>What a connection may hold even when all together hold too much, so that nobody is starved.</summary>
    public const long ConnectionBytesGuaranteed = 2L << 20;

    /// <summary>Bytes of calls and replies of all connections together.</summary>
    public const long BytesMax = 512L << 20;

    /// <summary>Connections in all; with 1 MiB of buffers each they stay below 1 GiB.</summary>
    public const int ConnectionsMax = 1000;

    /// <summary>Connections from one address: sixteen mounts with nconnect=16.</summary>
    public const int ConnectionsPerAddressMax = 256;

    /// <summary>Waiting bytes that are sent before the next call is run, not after the calls that came with it.</summary>
    public const int SendSoonBytes = 256 << 10;

    /// <summary>Small replies that are gathered into one send.</summary>
    public const int SendBytes = 32 << 10;

    /// <summary>Replies up to this are copied together; longer ones are sent from where they are.</summary>
    public const int CopiedReplyBytesMax = 4096;

    /// <summary>Pieces of one send; the system takes 1,024.</summary>
    public const int SendSegmentsMax = 64;

    /// <summary>What is handed to the system at a time; file bytes among it are looked for in memory right before.</summary>
    public const int SendReadyBytes = 1 << 20;

    /// <summary>What is handed to the system at a time once it does not take everything at once.</summary>
    public const int SendStepBytes = 256 << 10;

    /// <summary>The same of bytes that have to be copied for it: when they are taken, there is room for far more.</summary>
    public const int SendFileStepBytes = 32 << 10;

    /// <summary>Kept replies: 120 s of heavy metadata work of a client, or less of many.</summary>
    public const int KeptReplyBytesMax = 32 << 20;

    /// <summary>Kept replies, by number.</summary>
    public const int KeptRepliesMax = 64 << 10;

    /// <summary>Idle receive and send buffers kept for reuse.</summary>
    public const int PooledBuffersMax = 64;

    /// <summary>Waiting connections that the system keeps for accept.</summary>
    public const int Backlog = 512;

    /// <summary>
    /// A peer that takes no byte of a waiting reply, or does not finish a record, for so long is closed.
    /// </summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Linux closes idle connections after 5 minutes by itself; this is for those that never do.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    /// <summary>How often connections are looked at for the two above.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    /// <summary>Pause after a failed accept, such as one for want of file descriptors.</summary>
    public static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Keep-alive: first probe, distance and number of probes.</summary>
    public const int KeepAliveSeconds = 60;
    public const int KeepAliveIntervalSeconds = 10;
    public const int KeepAliveProbes = 6;
}
