using Cas.Client;
using Microsoft.Win32.SafeHandles;

namespace Bench;

/// <summary>A file as content to store.</summary>
internal sealed class FileContent(string path) : IContentSource, IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path);

    /// <inheritdoc/>
    public ulong Length => (ulong)RandomAccess.GetLength(_file);

    /// <inheritdoc/>
    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = RandomAccess.Read(_file, destination.Span, (long)offset);
        return count == destination.Length ? default : throw new EndOfStreamException();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
