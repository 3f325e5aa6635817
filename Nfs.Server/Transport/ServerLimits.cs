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

    /// <summary>Receive buffers and replies that one connection may hold before its next call is served.</summary>
    public const long ConnectionBytesMax = 32L << 20;

    /// <summary>
    /// Calls of all clients together. Of this, of the bytes and of the connections a client has at most as much as is
    /// left for the others: alone half, two a third each.
    /// </summary>
    public const int CallsMax = 16 << 10;

    /// <summary>Receive buffers and replies of all clients together: more than a network has use for.</summary>
    public const long BytesMax = 256L << 20;

    /// <summary>
    /// What a client may go beyond when others hold everything: a few records, or many short calls. More than the
    /// buffers of an idle mount with nconnect=16.
    /// </summary>
    public const long ClientBytesGuaranteed = 2L << 20;

    /// <summary>Connections in all. Each keeps up to 0.13 MiB: what calls reuse, and a step to send.</summary>
    public const int ConnectionsMax = 1000;

    /// <summary>Calls of a connection whose memory is kept for the next ones, 3 KiB each.</summary>
    public const int CallSlotsKept = 32;

    /// <summary>
    /// Times in a row that a connection takes what has arrived before other connections get their turn.
    /// </summary>
    public const int ReceivesInARowMax = 16;

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

    /// <summary>Idle receive buffers of each size kept for reuse.</summary>
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

    /// <summary>
    /// How soon a connection whose client has its share looks for more: at first, and doubled up to the last.
    /// </summary>
    public static readonly TimeSpan LookAgainFirst = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan LookAgainMax = TimeSpan.FromMilliseconds(64);

    /// <summary>Time between two warnings that peers cause; those in between are counted.</summary>
    public static readonly TimeSpan PeerWarningPause = TimeSpan.FromSeconds(1);

    /// <summary>Pause after a failed accept, such as one for want of file descriptors.</summary>
    public static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Keep-alive: first probe, distance and number of probes.</summary>
    public const int KeepAliveSeconds = 60;
    public const int KeepAliveIntervalSeconds = 10;
    public const int KeepAliveProbes = 6;
}
