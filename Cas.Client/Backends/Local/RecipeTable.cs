using Cas.Client.Formats;
using Cas.Client.Reconstruction;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Recipes of files by their hash; those used last stay in memory. The gate guards the table only.
/// </summary>
internal sealed class RecipeTable(ContentIndex index, ContentDirectory directory) : IDisposable
{
    private const int ShardsMax = 32;

    /// <summary>Terms in memory, of about 120 bytes each; a file counts as a few more.</summary>
    private const int TermsMax = 100_000;

    private const int TermsPerFile = 4;

    private readonly LeaseCache<OpenShard> _shards = new(
        name => OpenShard.Open(directory.Open(directory.PathOfShard(name)), name), ShardsMax);

    private readonly Lock _gate = new();
    private readonly Dictionary<MerkleHash, LinkedListNode<FileRecipe>> _recipes = []; // Guarded by _gate.
    private readonly LinkedList<FileRecipe> _byUse = new(); // Guarded by _gate. Most recently used first.
    private long _terms; // Guarded by _gate.

    /// <summary>The recipe of a file; null if the store does not have it. Throws <see cref="CasException"/>.</summary>
    public FileRecipe? Find(MerkleHash file)
    {
        if (TryFind(file) is { } known)
        {
            return known;
        }

        if (index.FindFile(file) is not { } row)
        {
            return null;
        }

        using var lease = _shards.Borrow(row.Shard);
        var recipe = FileRecipe.From(lease.Value.ReadFile(file, row.RecordIndex));
        Keep(recipe);
        return recipe;
    }

    /// <summary>Forgets a recipe: the store has a newer one, or something was wrong with it.</summary>
    public void Forget(MerkleHash file)
    {
        lock (_gate)
        {
            if (_recipes.TryGetValue(file, out var node))
            {
                RemoveLocked(node);
            }
        }
    }

    public void Dispose() => _shards.Dispose();

    private FileRecipe? TryFind(MerkleHash file)
    {
        lock (_gate)
        {
            if (!_recipes.TryGetValue(file, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    private void Keep(FileRecipe recipe)
    {
        lock (_gate)
        {
            var node = new LinkedListNode<FileRecipe>(recipe);
            if (!_recipes.TryAdd(recipe.Hash, node))
            {
                return;
            }

            _byUse.AddFirst(node);
            _terms += CostOf(recipe);
            while (_terms > TermsMax && _byUse.Count > 1)
            {
                RemoveLocked(_byUse.Last!);
            }
        }
    }

    private void RemoveLocked(LinkedListNode<FileRecipe> node)
    {
        _byUse.Remove(node);
        _recipes.Remove(node.Value.Hash);
        _terms -= CostOf(node.Value);
    }

    private static int CostOf(FileRecipe recipe) => recipe.Terms.Length + TermsPerFile;
}
