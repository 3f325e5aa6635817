using Cas.Client.Backends.Hub.Http;
using Cas.Client.Backends.Hub.Reading;
using Cas.Client.Backends.Hub.Tree;
using Cas.Client.Backends.Hub.Writing;
using Cas.Client.Composition;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Hub;

/// <summary>A bucket, or a repository at a revision, on the Hub.</summary>
internal sealed class HubStore : IStore
{
    private readonly HubHttp _http;
    private readonly HubApi _api;
    private readonly ReadPlans _plans;

    private HubStore(
        HubPlace place, Uri endpoint, HubHttp http, HubApi api, ReadPlans plans, IContentStore content)
    {
        Url = place.Url;
        Identity = $"{endpoint}{place.Url}";
        IsReadOnly = place.IsReadOnly;
        _http = http;
        _api = api;
        _plans = plans;
        Content = content;
        Tree = new HubTree(api);
    }

    public string Url { get; }

    public string Identity { get; }

    public bool IsReadOnly { get; }

    public IContentStore Content { get; }

    public IRemoteTree Tree { get; }

    /// <summary>
    /// Opens the place that a URL names. A state that has used it before may go on while the Hub is away; otherwise it
    /// must be there. Throws <see cref="StoreUnavailableException"/>.
    /// </summary>
    public static async Task<HubStore> OpenAsync(
        HubPlace place, string? expectedIdentity, HubOptions options, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
    {
        var store = Make(place, options, time);
        try
        {
            if (expectedIdentity is not null && expectedIdentity != store.Identity)
            {
                throw new StoreUnavailableException(
                    $"This state was made with a different store than {place.Url} of {options.Endpoint.Host}; give "
                    + "that store, or another --state.");
            }

            // A state that goes on without the Hub needs no patience.
            async ValueTask<CasResult<bool>> FindAsync() =>
                await HubResult.OfAsync(() => store._api.ProbeAsync(cancellationToken));
            var found = expectedIdentity is null
                ? await PatientStart.AskAsync(FindAsync, time, logger, cancellationToken)
                : await FindAsync();
            if (!found.IsOk && (expectedIdentity is null || !found.Error.IsTransient()))
            {
                throw new StoreUnavailableException(
                    $"{place.Url} cannot be opened: {found.Detail?.TrimEnd('.')}. {HintFor(found.Error)}");
            }

            logger.HubOpened(place.Url, options.Endpoint.Host);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>The Hub keeps what its tree names, and nobody sweeps it from here.</summary>
    public ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken) => new(true);

    /// <summary>Asks the Hub and the CAS, which fail apart from each other.</summary>
    public async ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) =>
        await HubResult.OfAsync(async () =>
            await _api.ProbeAsync(cancellationToken) && await _plans.ProbeAsync(cancellationToken));

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static HubStore Make(HubPlace place, HubOptions options, TimeProvider time)
    {
        var endpoint = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/");
        var http = new HubHttp(time);
        var api = new HubApi(http, endpoint, place, new HubToken(options.Token, options.TokenFile));
        var readTokens = new CasTokens(http, api.TokenCall("read"), time);
        var writeTokens = new CasTokens(http, api.TokenCall("write"), time);
        var known = new KnownChunks();
        var plans = new ReadPlans(http, readTokens);
        var reader = new HubReader(plans, new XorbFetches(http), known);
        var maps = new FileMaps(plans, new GapHashes(http, readTokens), reader, known);
        var uploads = new CasUploads(http, writeTokens);
        var target = new HubUploadTarget(uploads, known, new GlobalDedup(uploads), maps.Keep);
        var uploader = new Uploader(target, new UploadLimits());
        var content = new HubContentStore(
            place, reader, new PlainFiles(http, api), maps, uploader,
            new HubComposer(maps, reader, uploader, ComposeLimits.Default));
        return new HubStore(place, endpoint, http, api, plans, content);
    }

    private static string HintFor(CasError error) => error switch
    {
        CasError.Unauthorized or CasError.Forbidden or CasError.NotFound =>
            "Is the name right, and does the token (HF_TOKEN or --hub-token-file) allow it?",
        CasError.Throttled => "The Hub asks to come later.",
        CasError.None or CasError.Conflict or CasError.Corrupt or CasError.Unreachable or CasError.NoSpace
            or CasError.Invalid => "Is the Hub reachable (--hub-endpoint)?",
    };
}
