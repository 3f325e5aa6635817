using System.Text.Json.Serialization;

namespace XetHub.Catalog;

/// <summary>A change of the catalog, as the journal keeps it.</summary>
[JsonDerivedType(typeof(RepoCreated), "created")]
[JsonDerivedType(typeof(RepoDeleted), "deleted")]
[JsonDerivedType(typeof(RepoMoved), "moved")]
[JsonDerivedType(typeof(TreeChanged), "changed")]
[JsonDerivedType(typeof(ObjectsAdded), "objects")]
internal abstract record Change
{
    /// <summary>The catalog after it. What it needs was there when it was made.</summary>
    public abstract CatalogState Apply(CatalogState state);
}

/// <summary>A bucket or repository is made. <paramref name="Commit"/> is the first commit of a repository.</summary>
internal sealed record RepoCreated(RepoId Id, bool IsPrivate, DateTimeOffset At, string? Commit) : Change
{
    public override CatalogState Apply(CatalogState state)
    {
        var repo = new Repo(Id, IsPrivate, At, At);
        return state.With(Commit is null ? repo : repo with
        {
            Head = Commit,
            Revisions = repo.Revisions.Add(Commit, new Revision(Commit, "initial commit", At, repo.Files)),
        });
    }
}

/// <summary>A bucket or repository is gone.</summary>
internal sealed record RepoDeleted(RepoId Id) : Change
{
    public override CatalogState Apply(CatalogState state) => state with { Repos = state.Repos.Remove(Id) };
}

/// <summary>A bucket or repository has another name.</summary>
internal sealed record RepoMoved(RepoId From, RepoId To, DateTimeOffset At) : Change
{
    public override CatalogState Apply(CatalogState state) =>
        (state with { Repos = state.Repos.Remove(From) }).With(state.Repos[From] with { Id = To, UpdatedAt = At });
}

/// <summary>
/// Files are put and then others deleted; in a repository that is a commit with an id and a title.
/// </summary>
internal sealed record TreeChanged(
    RepoId Id, DateTimeOffset At, FileEntry[] Put, string[] Deleted, string? Commit, string? Title) : Change
{
    public override CatalogState Apply(CatalogState state)
    {
        var repo = state.Repos[Id];
        var files = repo.Files.ToBuilder();
        foreach (var entry in Put)
        {
            files.Remove(entry);
            files.Add(entry);
        }

        foreach (var path in Deleted)
        {
            files.Remove(FileEntry.Probe(path));
        }

        var changed = repo with { UpdatedAt = At, Files = files.ToImmutable() };
        return state.With(Commit is null ? changed : changed with
        {
            Head = Commit,
            Revisions = repo.Revisions.Add(Commit, new Revision(Commit, Title ?? string.Empty, At, changed.Files)),
        });
    }
}

/// <summary>Content with a SHA-256 is known.</summary>
internal sealed record ObjectsAdded(Dictionary<string, LargeObject> Objects) : Change
{
    public override CatalogState Apply(CatalogState state) =>
        state with { Objects = state.Objects.SetItems(Objects) };
}
