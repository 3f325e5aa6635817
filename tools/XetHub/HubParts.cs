using Cas.Client;
using XetHub.Catalog;
using XetHub.Content;
using XetHub.Faults;
using XetHub.Http;

namespace XetHub;

/// <summary>What the endpoints work with.</summary>
internal sealed class HubParts(
    XetHubOptions options, ContentFiles content, BlobFiles blobs, RepoCatalog catalog, Signer signer, FaultBoard faults)
{
    public XetHubOptions Options => options;

    /// <summary>Xorbs and shards.</summary>
    public ContentFiles Content => content;

    /// <summary>Small files of repositories.</summary>
    public BlobFiles Blobs => blobs;

    /// <summary>Buckets and repositories.</summary>
    public RepoCatalog Catalog => catalog;

    public Signer Signer => signer;

    public FaultBoard Faults => faults;

    public RequestCounts Counts { get; } = new();

    /// <summary>The token that is asked for just now; null for none.</summary>
    public string? HubToken { get; set; } = options.HubToken;

    /// <summary>What hides chunk hashes just now.</summary>
    public MerkleHash DedupKey { get; set; } = options.DedupKey;
}
