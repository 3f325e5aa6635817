using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bench;

/// <summary>A new store in memory, where the machine has a file system there; gone when disposed.</summary>
internal sealed class ScratchStore : IAsyncDisposable
{
    private readonly string _directory;
    private readonly IStore _store;

    private ScratchStore(string directory, IStore store)
    {
        _directory = directory;
        _store = store;
    }

    /// <summary>Its content.</summary>
    public IContentStore Content => _store.Content;

    /// <summary>A new directory for files that are to be fast.</summary>
    public static string NewDirectory()
    {
        const string memory = "/dev/shm";
        var parent = Directory.Exists(memory) ? memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Join(parent, $"nfsgw-bench-{Guid.NewGuid():N}")).FullName;
    }

    /// <summary>Makes one.</summary>
    public static async Task<ScratchStore> CreateAsync()
    {
        var directory = NewDirectory();
        var store = await StoreOpener.OpenStoreAsync(
            "file://" + directory, TimeProvider.System, NullLoggerFactory.Instance, default);
        return new ScratchStore(directory, store);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
