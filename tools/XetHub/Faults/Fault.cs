using XetHub.Http;

namespace XetHub.Faults;

/// <summary>
/// Something that goes wrong with requests. Everything that is set happens: first latency, then a dropped connection or
/// a status in the place of the answer, then what is done to the bodies.
/// </summary>
internal sealed record Fault
{
    /// <summary>The requests that are hit; none means all.</summary>
    public IReadOnlyList<RequestKind> Kinds { get; init; } = [];

    /// <summary>How long nothing happens, in milliseconds.</summary>
    public int LatencyMs { get; init; }

    /// <summary>Speed of a line that all requests of this fault share, each way; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Answer with this status and do nothing else; 0 for not. 429 says when to come back.</summary>
    public int Status { get; init; }

    /// <summary>When a 429 ends, in seconds.</summary>
    public int ResetSeconds { get; init; } = 1;

    /// <summary>Break the connection, with nothing done.</summary>
    public bool Drop { get; init; }

    /// <summary>Break the connection after so many bytes of the answer's body; at 0, what was asked is done.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Change the byte of the answer's body at this offset.</summary>
    public long? WrongByteAt { get; init; }

    /// <summary>Answer questions about trees with what they were when the fault was set.</summary>
    public bool Stale { get; init; }

    /// <summary>How many requests are hit; null for all.</summary>
    public int? Times { get; init; }

    /// <summary>Hit one request of so many.</summary>
    public int Every { get; init; } = 1;

    /// <summary>What is wrong with it; null if nothing is.</summary>
    public string? Check() => this switch
    {
        { LatencyMs: < 0 } or { BytesPerSecond: < 0 } or { ResetSeconds: < 0 } => "a fault has a negative number",
        { CutAfter: < 0 } or { WrongByteAt: < 0 } or { Times: < 0 } => "a fault has a negative number",
        { Every: < 1 } => "every is at least 1",
        { Status: not 0 and (< 400 or > 599) } => "a status is from 400 to 599",
        _ => null,
    };
}
