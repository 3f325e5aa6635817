using Cas.Client.Formats;
using Cas.Client.Reconstruction;

namespace Cas.Client.Backends.Local;

/// <summary>Recipes of files by their hash; those used last stay in memory.</summary>
internal sealed class RecipeTable(ContentIndex index, ContentDirectory directory) : IDisposable
{
    private const int ShardsMax = 32;

    /// <summary>Terms in memory, of about 120 bytes each; a file counts as a few more.</summary>
    private const int TermsMax = 100_000;

    private const int TermsPerFile = 4;

    private readonly LeaseCache<MerkleHash, OpenShard> _shards = new(
        name => OpenShard.Open(directory.Open(directory.PathOfShard(name)), name), ShardsMax);

    private readonly CostCache<FileRecipe> _recipes = new(TermsMax, recipe => recipe.Terms.Length + TermsPerFile);

    /// <summary>The recipe of a file; null if the store does not have it. Throws <see cref="CasException"/>.</summary>
    public FileRecipe? Find(MerkleHash file)
    {
        if (_recipes.Find(file) is { } known)
        {
            return known;
        }

        if (index.FindFile(file) is not { } row)
        {
            return null;
        }

        using var lease = _shards.Borrow(row.Shard);
        var recipe = FileRecipe.From(lease.Value.ReadFile(file, row.RecordIndex));
        _recipes.Keep(file, recipe);
        return recipe;
    }

    /// <summary>Forgets a recipe: the store has a newer one, or something was wrong with it.</summary>
    public void Forget(MerkleHash file) => _recipes.Forget(file);

    public void Dispose() => _shards.Dispose();
}
