using System.Collections.Immutable;

namespace XetHub.Catalog;

/// <summary>A bucket or repository: "buckets", "models", "datasets" or "spaces", and "namespace/name".</summary>
internal readonly record struct RepoId(string Type, string Name)
{
    public const string Buckets = "buckets";

    /// <summary>The types that have revisions.</summary>
    public static IReadOnlyList<string> Repositories { get; } = ["models", "datasets", "spaces"];

    /// <summary>Where its files are on the hub: models have no prefix there.</summary>
    public string Place => Type == "models" ? Name : $"{Type}/{Name}";

    public override string ToString() => $"{Type}/{Name}";
}

/// <summary>A commit of a repository.</summary>
internal sealed record Revision(string Id, string Title, DateTimeOffset Date, ImmutableSortedSet<FileEntry> Files);

/// <summary>A bucket or repository. Immutable.</summary>
internal sealed record Repo(RepoId Id, bool IsPrivate, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public const string MainBranch = "main";

    /// <summary>The files of a bucket, or of a repository's newest commit.</summary>
    public ImmutableSortedSet<FileEntry> Files { get; init; } =
        ImmutableSortedSet.Create<FileEntry>(PathOrder.Instance);

    /// <summary>The newest commit of a repository; empty for a bucket.</summary>
    public string Head { get; init; } = string.Empty;

    /// <summary>All commits of a repository by their id.</summary>
    public ImmutableDictionary<string, Revision> Revisions { get; init; } = ImmutableDictionary<string, Revision>.Empty;

    public FileEntry? Find(string path) => Find(Files, path);

    /// <summary>A commit by its id or by the name of the branch.</summary>
    public Revision? RevisionOf(string name) =>
        Revisions.GetValueOrDefault(name is MainBranch or "HEAD" ? Head : name);

    public static FileEntry? Find(ImmutableSortedSet<FileEntry> files, string path) =>
        files.TryGetValue(FileEntry.Probe(path), out var entry) ? entry : null;
}
