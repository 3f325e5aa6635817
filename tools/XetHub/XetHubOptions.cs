using System.Net;
using Cas.Client;

namespace XetHub;

/// <summary>How a hub behaves.</summary>
internal sealed record XetHubOptions
{
    /// <summary>Holds everything; made if it is missing. One hub owns it at a time.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The token that the hub half asks for; null accepts everybody, with a token or without.</summary>
    public string? HubToken { get; init; }

    /// <summary>How long tokens for the content half are good. The npm client wants at least a minute.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long signed URLs are good.</summary>
    public TimeSpan UrlLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Entries on a page of a listing, at most and without another wish.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>What hides chunk hashes in answers about known chunks; zero for nothing.</summary>
    public MerkleHash DedupKey { get; init; } = new(0x0123456789abcdef, 1, 2, 3);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
