using Microsoft.Extensions.Logging;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Upkeep of an embedded store. Holds nothing open between two calls.</summary>
internal sealed class LocalUpkeep : IStoreUpkeep
{
    private readonly string _directory;
    private readonly ContentDirectory _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private LocalUpkeep(string directory, StoreMarker marker, TimeProvider time, ILogger logger)
    {
        _directory = directory;
        _files = new ContentDirectory(directory, logger);
        _time = time;
        _logger = logger;
        Identity = marker.Identity;
        StorePresence.RequireParts(directory, _files);
    }

    public string Identity { get; }

    /// <summary>For the store in a directory. Throws <see cref="StoreUnavailableException"/> if there is none.</summary>
    public static LocalUpkeep Open(string directory, TimeProvider time, ILoggerFactory loggers)
    {
        var marker = StorePresence.Find(directory)
            ?? throw new StoreUnavailableException($"The directory {directory} is empty and not a store yet.");
        return new LocalUpkeep(directory, marker, time, loggers.CreateLogger<LocalUpkeep>());
    }

    public ulong MeasureStoredBytes() => _files.MeasureBytes();

    public Task<CasResult<CheckSummary>> CheckAsync(
        Action<CheckFinding> found, Action<ulong> done, CancellationToken cancellationToken) =>
        RunLockedAsync(
            () => new StoreCheck(_directory, _files, _logger).Run(found, done, cancellationToken), cancellationToken);

    public Task<CasResult<SweepSummary>> SweepAsync(SweepRequest request, CancellationToken cancellationToken) =>
        RunLockedAsync(
            () => new StoreSweep(_directory, _files, _time, _logger).Run(request, cancellationToken),
            cancellationToken);

    public Task<CasResult<StoreStatistics>> GetStatisticsAsync(CancellationToken cancellationToken) =>
        RunAsync(() => new StoreMeasure(_directory, _files).Run(cancellationToken), cancellationToken);

    private Task<CasResult<T>> RunLockedAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                using var owned = StoreLock.Take(_directory);
                return work();
            },
            cancellationToken);

    private static async Task<CasResult<T>> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<T>(e);
        }
    }
}
