using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nfs.Tests.Hub;

/// <summary>Stores of ours over a hub of a test.</summary>
internal static class TestHubStores
{
    /// <summary>Opens a place on the hub, its bucket unless another is named.</summary>
    public static Task<IStore> OpenStoreAsync(this TestHub hub, string? url = null, string? tokenFile = null) =>
        StoreOpener.OpenStoreAsync(
            url ?? $"hf://buckets/{TestHub.Bucket}", TimeProvider.System, NullLoggerFactory.Instance, default,
            hub: new HubOptions { Endpoint = new Uri(hub.Server.Url), TokenFile = tokenFile });
}
