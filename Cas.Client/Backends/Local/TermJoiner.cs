using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Makes the terms of a stored file fewer: stores short stretches anew next to each other, and makes a recipe known
/// that has them there. The file stays readable all the time, by the old recipe or by the new one.
/// </summary>
internal sealed class TermJoiner(
    RecipeTable recipes,
    ChunkMapTable maps,
    LeaseCache<MerkleHash, OpenXorb> xorbs,
    Uploader uploader,
    ComposeLimits limits)
{
    /// <summary>
    /// Joins terms of a file if it has too many, as much as the limits allow at a time. Blocks on the disk. Throws what
    /// reading and storing throw; the old recipe holds then.
    /// </summary>
    public async Task JoinAsync(MerkleHash hash, CancellationToken cancellationToken)
    {
        if (recipes.Find(hash) is not { } recipe || !FragmentPlan.IsTooMany(recipe.ToShardFile(), limits))
        {
            return;
        }

        var map = maps.Find(recipe);
        using var upload = await uploader.StartAsync(OldChunks.MemoryBytes, cancellationToken, isAnew: true);
        using var old = new OldChunks(xorbs, map, _ => false);
        if (await Defragmenter.JoinAsync(map, old, upload, limits, cancellationToken) is not { } draft)
        {
            return;
        }

        var (joined, file) = (map, recipe.ToShardFile());
        await upload.CommitAsync(runs =>
        {
            joined = draft.Place(runs);
            TermCheck.Verify(map, joined, xorbs.IndexOf);
            Require(recipe);
            return file = joined.ToShardFile();
        });
        maps.Keep(file, joined);
    }

    /// <summary>Whoever stored the file once more may have repaired it: that recipe is the better one.</summary>
    private void Require(FileRecipe recipe)
    {
        if (recipes.Find(recipe.Hash)?.IsMadeAs(recipe.ToShardFile()) != true)
        {
            throw new CasException(CasError.Conflict, "its recipe has changed");
        }
    }
}
