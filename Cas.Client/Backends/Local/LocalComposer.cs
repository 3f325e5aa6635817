using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Stores edited files: cuts anew beside the edits, stores the new chunks, checks the recipe and makes it known. Blocks
/// on the disk; may be used from several threads at once.
/// </summary>
internal sealed class LocalComposer(
    ChunkMapTable maps, LeaseCache<MerkleHash, OpenXorb> xorbs, Uploader uploader, ComposeLimits limits)
{
    /// <summary>Memory of a composition besides its new chunks and the map.</summary>
    private const long WorkBytes = ChunkAssembler.BufferBytes + OldChunks.MemoryBytes;

    /// <summary>
    /// Stores <paramref name="basis"/>, null for empty content, with edits. Throws <see cref="CasException"/> and what
    /// reading and storing throw; no file is known then.
    /// </summary>
    public async Task<ContentId> ComposeAsync(
        FileRecipe? basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        var map = basis is null ? ChunkMap.Empty : maps.Find(basis);
        using var upload = await uploader.StartAsync(WorkBytes, cancellationToken);
        using var old = new OldChunks(xorbs, map, new SurvivingEdges(edits).AreIn);
        var draft = await Composer.ComposeAsync(map, edits, source, old, upload, limits, cancellationToken);
        if (draft.Tree.Root == map.Chunks.Root || draft.Tree.Count == 0)
        {
            return draft.Tree.Count == 0 ? ContentId.Empty : map.Id;
        }

        return await StoreAsync(draft, upload);
    }

    private async Task<ContentId> StoreAsync(Draft draft, ChunkUpload upload)
    {
        ChunkMap map = null!;
        ShardFile file = null!;
        await upload.CommitAsync(runs =>
        {
            map = draft.Place(runs);
            TermCheck.Verify(draft.Basis, map, xorbs.IndexOf);
            return file = map.ToShardFile();
        });
        maps.Keep(file, map);
        return map.Id;
    }
}
