using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Composition;
using Cas.Client.Shards;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>
/// Stores edited files: cuts anew beside the edits, sends the new chunks, and then how the file is made of them and the
/// old ones. The CAS verifies that before it takes it.
/// </summary>
internal sealed class HubComposer(FileMaps maps, HubReader reader, Uploader uploader, ComposeLimits limits)
{
    /// <summary>Memory of a composition besides its new chunks and the map.</summary>
    private const long WorkBytes = ChunkAssembler.BufferBytes + OldChunks.MemoryBytes;

    /// <summary>
    /// Stores <paramref name="basis"/> with edits. Throws <see cref="CasException"/>; no file is known then.
    /// </summary>
    public async Task<ContentId> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        var map = basis.Size == 0 ? ChunkMap.Empty : await maps.FindAsync(basis, cancellationToken);
        using var upload = await uploader.StartAsync(WorkBytes, cancellationToken);
        var draft = await Composer.ComposeAsync(
            map, edits, source, new OldChunks(reader, map, edits), upload, limits, cancellationToken);
        if (draft.Tree.Root == map.Chunks.Root || draft.Tree.Count == 0)
        {
            return draft.Tree.Count == 0 ? ContentId.Empty : map.Id;
        }

        ShardFile file = null!;
        await upload.CommitAsync(runs =>
        {
            map = draft.Place(runs);
            return file = map.ToShardFile();
        });
        maps.Keep(file, map);
        return map.Id;
    }
}
