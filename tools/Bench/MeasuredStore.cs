using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Composition;
using Cas.Client.Formats;
using Cas.Client.Transfer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bench;

/// <summary>The content half of an embedded store in a new directory, which counts what it reads of xorbs.</summary>
internal sealed class MeasuredStore : IAsyncDisposable
{
    private readonly string _directory;
    private readonly LocalContentStore _content;
    private long _bytesRead;

    public MeasuredStore(string parent)
    {
        _directory = Directory.CreateDirectory(Path.Join(parent, $"nfsgw-bench-{Guid.NewGuid():N}")).FullName;
        var files = new ContentDirectory(_directory, NullLogger.Instance);
        files.Create();
        var index = IndexRecovery.Open(Path.Join(_directory, StoreLayout.Index), files, NullLogger.Instance);
        _content = new LocalContentStore(
            files,
            index,
            TimeProvider.System,
            NullLogger.Instance,
            new UploadLimits(),
            ComposeLimits.Default,
            bytes => new Tap(this, bytes));
    }

    /// <summary>Bytes of xorb files read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Bytes of xorb files.</summary>
    public long BytesStored() => Directory
        .GetFiles(Path.Join(_directory, StoreLayout.Xorbs), "*", SearchOption.AllDirectories)
        .Sum(path => new FileInfo(path).Length);

    public async Task<ContentId> PutAsync(IContentSource source) => Require(await _content.PutAsync(source, default));

    public async Task<ContentId> ComposeAsync(ContentId basis, IReadOnlyList<Edit> edits, IContentSource source) =>
        Require(await _content.ComposeAsync(basis, edits, source, default));

    /// <summary>Terms of a content.</summary>
    public async Task<int> TermsAsync(ContentId content) =>
        Require(await _content.DescribeAsync(content.Hash, default)).Terms.Count;

    public async ValueTask DisposeAsync()
    {
        await _content.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static T Require<T>(CasResult<T> result) =>
        result.IsOk ? result.Value : throw new InvalidOperationException($"{result.Error}: {result.Detail}");

    private sealed class Tap(MeasuredStore owner, IRandomBytes inner) : IRandomBytes
    {
        public long Length => inner.Length;

        public bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes) =>
            inner.TryView(offset, length, out bytes);

        public void ReadAt(long offset, Span<byte> destination)
        {
            Interlocked.Add(ref owner._bytesRead, destination.Length);
            inner.ReadAt(offset, destination);
        }
    }
}
