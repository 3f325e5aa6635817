using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>The content half of an embedded store in a directory, with limits to choose, and what is read and stored.</summary>
internal sealed class CountedStore : IAsyncDisposable
{
    private readonly string _directory;
    private readonly bool _isMine;
    private readonly Lock _gate = new();
    private readonly List<CountingBytes> _taps = [];

    public CountedStore(UploadLimits uploads, ComposeLimits composing, string? directory = null)
    {
        _isMine = directory is null;
        _directory = directory ?? Directory.CreateTempSubdirectory("store-test-").FullName;
        var files = new ContentDirectory(_directory, NullLogger.Instance);
        files.Create();
        var index = IndexRecovery.Open(Path.Join(_directory, StoreLayout.Index), files, NullLogger.Instance);
        Content = new LocalContentStore(files, index, TimeProvider.System, NullLogger.Instance, uploads, composing, Tap);
    }

    public LocalContentStore Content { get; }

    /// <summary>Bytes of xorb files that were read, footers and comparisons too.</summary>
    public long BytesRead => Sum(tap => tap.BytesRead);

    /// <summary>Number of these reads.</summary>
    public long Reads => Sum(tap => tap.Reads);

    /// <summary>Files of xorbs.</summary>
    public string[] Xorbs() => Directory.GetFiles(Path.Join(_directory, "xorbs"), "*", SearchOption.AllDirectories);

    /// <summary>Files of shards.</summary>
    public string[] Shards() => Directory.GetFiles(Path.Join(_directory, "shards"));

    /// <summary>Bytes of all xorb files.</summary>
    public long BytesStored() => Xorbs().Sum(path => new FileInfo(path).Length);

    public async Task<ContentId> PutAsync(byte[] bytes) =>
        Ok(await Content.PutAsync(new MemorySource(bytes), default));

    public async Task<ContentId> ComposeAsync(ContentId basis, IReadOnlyList<Edit> edits, byte[] source) =>
        Ok(await Content.ComposeAsync(basis, edits, new MemorySource(source), default));

    public async Task<byte[]> ReadAsync(ContentId content)
    {
        var bytes = new byte[content.Size];
        Ok(await Content.ReadAsync(content, 0, bytes, default));
        return bytes;
    }

    public async Task<int> TermsAsync(ContentId content) =>
        Ok(await Content.DescribeAsync(content.Hash, default)).Terms.Count;

    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync();
        if (_isMine)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static T Ok<T>(CasResult<T> result)
    {
        Assert.That(result.Error, Is.EqualTo(CasError.None), result.Detail);
        return result.Value;
    }

    private long Sum(Func<CountingBytes, long> figure)
    {
        lock (_gate)
        {
            return _taps.Sum(figure);
        }
    }

    private CountingBytes Tap(IRandomBytes bytes)
    {
        var tap = new CountingBytes(bytes);
        lock (_gate)
        {
            _taps.Add(tap);
        }

        return tap;
    }
}
