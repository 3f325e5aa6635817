using Cas.Client.Backends.Hub;
using Cas.Client.Backends.Local;
using Cas.Client.Backends.Local.Upkeep;
using Microsoft.Extensions.Logging;

namespace Cas.Client;

/// <summary>Opens a store by its URL; the one place that knows which kinds there are.</summary>
public static class StoreOpener
{
    /// <summary>
    /// Opens the store at <paramref name="url"/>: <c>file:///DIR</c>, an existing directory that is a store or empty, or
    /// <c>hf://…</c>, a bucket or a repository on the Hub, as <paramref name="hub"/> says.
    /// Throws <see cref="StoreUnavailableException"/> with a sentence for people if that cannot be; nothing has changed
    /// on disk then. With <paramref name="expectedIdentity"/>, only the store of that identity will do, and none is
    /// made.
    /// </summary>
    public static async Task<IStore> OpenStoreAsync(
        string url, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken,
        string? expectedIdentity = null, HubOptions? hub = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        if (HubUrl.HasScheme(url))
        {
            return await HubStore.OpenAsync(
                HubUrl.Parse(url), expectedIdentity, hub ?? new HubOptions(), time, loggers.CreateLogger<HubStore>(),
                cancellationToken);
        }

        var directory = DirectoryOf(url);
        return await Task.Run(() => LocalStore.Open(url, directory, expectedIdentity, time, loggers), cancellationToken);
    }

    /// <summary>
    /// Upkeep of the store at <paramref name="url"/>, which is there. Throws <see cref="StoreUnavailableException"/>
    /// with a sentence for people if it is not; changes nothing.
    /// </summary>
    public static async Task<IStoreUpkeep> OpenUpkeepAsync(
        string url, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        if (HubUrl.HasScheme(url))
        {
            throw new StoreUnavailableException(
                $"The store '{Shown(url)}' is on the Hub, which looks after it itself; this is for file:///DIR.");
        }

        var directory = DirectoryOf(url);
        return await Task.Run(() => LocalUpkeep.Open(directory, time, loggers), cancellationToken);
    }

    private static string DirectoryOf(string url) => FileUrl.HasScheme(url)
        ? FileUrl.Parse(url)
        : throw new StoreUnavailableException(
            $"The store '{Shown(url)}' is of an unknown kind; supported are file:///DIR, a local directory, and "
            + "hf://buckets/OWNER/NAME or hf://OWNER/REPO, places on the Hub.");

    /// <summary>The URL without user name and password, and short enough for one line.</summary>
    private static string Shown(string url)
    {
        const int shownMax = 100;
        var secretEnd = url.LastIndexOf('@');
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? string.Empty : url[..(scheme + 3)];
        var safe = secretEnd < start.Length ? url : start + url[(secretEnd + 1)..];
        return safe.Length <= shownMax ? safe : string.Concat(safe.AsSpan(0, shownMax), "...");
    }
}
