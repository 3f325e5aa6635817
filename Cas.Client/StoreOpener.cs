using Cas.Client.Backends.Local;
using Cas.Client.Backends.Local.Upkeep;
using Microsoft.Extensions.Logging;

namespace Cas.Client;

/// <summary>Opens a store by its URL; the one place that knows which kinds there are.</summary>
public static class StoreOpener
{
    /// <summary>
    /// Opens the store at <paramref name="url"/>: <c>file:///DIR</c>, an existing directory that is a store or empty.
    /// Throws <see cref="StoreUnavailableException"/> with a sentence for people if that cannot be; nothing has changed
    /// on disk then. With <paramref name="expectedIdentity"/>, only the store of that identity will do, and none is
    /// made.
    /// </summary>
    public static async Task<IStore> OpenStoreAsync(
        string url, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken,
        string? expectedIdentity = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
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
        var directory = DirectoryOf(url);
        return await Task.Run(() => LocalUpkeep.Open(directory, time, loggers), cancellationToken);
    }

    private static string DirectoryOf(string url) => FileUrl.HasScheme(url)
        ? FileUrl.Parse(url)
        : throw new StoreUnavailableException(
            $"The store '{Shown(url)}' is of an unknown kind; supported is file:///DIR, a local directory.");

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
