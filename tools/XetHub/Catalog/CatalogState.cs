using System.Collections.Immutable;

namespace XetHub.Catalog;

/// <summary>Content that has a SHA-256.</summary>
internal sealed record LargeObject(string XetHash, ulong Size);

/// <summary>All buckets and repositories at a moment. Immutable.</summary>
/// <param name="Repos">By their ids.</param>
/// <param name="Objects">What git LFS may refer to, by SHA-256.</param>
internal sealed record CatalogState(
    ImmutableDictionary<RepoId, Repo> Repos, ImmutableDictionary<string, LargeObject> Objects)
{
    public static CatalogState Empty { get; } =
        new(ImmutableDictionary<RepoId, Repo>.Empty, ImmutableDictionary<string, LargeObject>.Empty);

    public Repo? Find(RepoId id) => Repos.GetValueOrDefault(id);

    public CatalogState With(Repo repo) => this with { Repos = Repos.SetItem(repo.Id, repo) };
}
