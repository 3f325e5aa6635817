using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Composition;
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
        var map = await maps.FindAsync(basis, edits, cancellationToken);
        using var upload = await uploader.StartAsync(WorkBytes, cancellationToken);
        var drafts = new List<Draft>();
        foreach (var section in map.Sections)
        {
            var old = new OldChunks(reader, basis, section);
            drafts.Add(await Composer.ComposeAsync(
                section.Map, section.Edits, source, old, upload, limits, cancellationToken));
        }

        if (drafts.TrueForAll(draft => draft.Tree.Root == draft.Basis.Chunks.Root))
        {
            return basis;
        }

        if (map.SizeOf(drafts) == 0)
        {
            return ContentId.Empty;
        }

        EditedContent edited = null!;
        await upload.CommitAsync(runs => (edited = map.Place(drafts, runs)).File);
        maps.Keep(edited, map);
        return edited.Id;
    }
}
