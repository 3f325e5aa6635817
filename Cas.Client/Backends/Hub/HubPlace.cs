namespace Cas.Client.Backends.Hub;

/// <summary>What a place on the Hub is.</summary>
internal enum HubKind : byte
{
    /// <summary>Files that come and go, without history; the only kind that can be written to.</summary>
    Bucket,

    /// <summary>A repository of a model.</summary>
    Model,

    /// <summary>A repository of a data set.</summary>
    Dataset,

    /// <summary>A repository of an application.</summary>
    Space,
}

/// <summary>What a URL names: a bucket, or a repository at a revision, and a folder in it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id"><c>OWNER/NAME</c>.</param>
/// <param name="Revision">Branch, tag or commit of a repository; empty for a bucket.</param>
/// <param name="Prefix">The folder that is the root here, without slashes at its ends; empty for all.</param>
internal sealed record HubPlace(HubKind Kind, string Id, string Revision, string Prefix)
{
    /// <summary>The revision that is meant when none is named.</summary>
    public const string StandardRevision = "main";

    private const int CommitLength = 40;

    /// <summary>Only buckets take changes.</summary>
    public bool IsReadOnly => Kind != HubKind.Bucket;

    /// <summary>Whether the revision is a commit, which never changes: a branch has no such name.</summary>
    public bool IsPinned => Revision.Length == CommitLength && Revision.All(char.IsAsciiHexDigitLower);

    /// <summary>The place as a URL, which also is its identity at one Hub.</summary>
    public string Url
    {
        get
        {
            var kind = Kind switch
            {
                HubKind.Bucket => "buckets/",
                HubKind.Model => string.Empty,
                HubKind.Dataset => "datasets/",
                HubKind.Space => "spaces/",
            };
            var revision = Revision.Length == 0 ? string.Empty : "@" + Uri.EscapeDataString(Revision);
            return $"hf://{kind}{Id}{revision}{(Prefix.Length == 0 ? string.Empty : "/" + HubPath.Escape(Prefix))}";
        }
    }

    /// <summary>What its API calls begin with.</summary>
    public string ApiPath => Kind switch
    {
        HubKind.Bucket => $"api/buckets/{Id}",
        HubKind.Model => $"api/models/{Id}",
        HubKind.Dataset => $"api/datasets/{Id}",
        HubKind.Space => $"api/spaces/{Id}",
    };

    /// <summary>The revision as the last part of an API call; nothing for buckets.</summary>
    public string RevisionPath => Kind == HubKind.Bucket ? string.Empty : "/" + Uri.EscapeDataString(Revision);

    /// <summary>What the download of one of its files begins with, up to the slash before the path.</summary>
    public string ResolvePath => Kind switch
    {
        HubKind.Bucket => $"buckets/{Id}/resolve",
        HubKind.Model => $"{Id}/resolve{RevisionPath}",
        HubKind.Dataset => $"datasets/{Id}/resolve{RevisionPath}",
        HubKind.Space => $"spaces/{Id}/resolve{RevisionPath}",
    };
}
