using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Backends.Hub.Writing;
using Cas.Client.Transfer;

namespace Cas.Client.Backends.Hub;

/// <summary>Content in the CAS of the Hub, and of repositories the files that are not there.</summary>
internal sealed class HubContentStore(
    HubPlace place,
    HubReader reader,
    PlainFiles plain,
    FileMaps maps,
    Uploader uploader,
    HubComposer composer) : IContentStore
{
    /// <summary>What one plan is asked for; longer reads are several.</summary>
    private const int PartBytes = 8 << 20;

    public async ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (CallRules.CheckRead(content, offset, destination.Length) is { } problem)
        {
            return CasResult.Fail<int>(CasError.Invalid, problem);
        }

        return destination.IsEmpty
            ? 0
            : await HubResult.OfAsync(async () =>
            {
                await ReadPartsAsync(content, offset, destination, cancellationToken);
                return destination.Length;
            });
    }

    public async ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken)
    {
        if (CallRules.CheckPut(source) is { } problem)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        var given = new CallerSource(source);
        return place.IsReadOnly
            ? ReadOnly()
            : await HubResult.OfAsync(
                () => Task.Run(() => uploader.PutAsync(given, cancellationToken), cancellationToken));
    }

    public async ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        if (CallRules.CheckCompose(basis, edits, source) is { } problem)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        if (place.IsReadOnly)
        {
            return ReadOnly();
        }

        var given = new CallerSource(source);
        var composed = await HubResult.OfAsync(() => Task.Run(
            () => composer.ComposeAsync(basis, edits, given, cancellationToken), cancellationToken));
        if (composed.Error is CasError.Corrupt or CasError.Unreachable)
        {
            // What was known of it may have been the reason.
            maps.Forget(basis.Hash);
        }

        return composed;
    }

    private Task ReadPartsAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = ((destination.Length - 1) / PartBytes) + 1;
        return count == 1
            ? ReadPartAsync(content, offset, destination, cancellationToken)
            : Parallel.ForAsync(0, count, cancellationToken, async (index, token) =>
            {
                var start = index * PartBytes;
                var part = destination.Slice(start, Math.Min(PartBytes, destination.Length - start));
                await ReadPartAsync(content, offset + (ulong)start, part, token);
            });
    }

    private Task ReadPartAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        PlainHash.TryRead(content.Hash, out _)
            ? plain.ReadAsync(content, offset, destination, cancellationToken)
            : reader.ReadAsync(content, offset, destination, cancellationToken);

    private CasResult<ContentId> ReadOnly() =>
        CasResult.Fail<ContentId>(CasError.Forbidden, $"{place.Url} is read-only");
}
