using Cas.Client;
using Microsoft.Win32.SafeHandles;

namespace Nfs.Server.Cli;

/// <summary>A file that was named on the command line.</summary>
internal sealed class FileSource : IContentSource, IDisposable
{
    private readonly SafeFileHandle _file;

    private FileSource(SafeFileHandle file)
    {
        _file = file;
        Length = (ulong)RandomAccess.GetLength(file);
    }

    public ulong Length { get; }

    /// <summary>Opens it. Throws <see cref="UsageException"/> with a sentence if that cannot be.</summary>
    public static FileSource Open(string path)
    {
        try
        {
            return new FileSource(File.OpenHandle(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"The file {path} cannot be read: {e.Message.TrimEnd('.')}.");
        }
    }

    public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            var count = await RandomAccess.ReadAsync(_file, destination, (long)offset, cancellationToken)
                .ConfigureAwait(false);
            if (count == 0)
            {
                throw new IOException("the file became shorter while it was read");
            }

            destination = destination[count..];
            offset += (ulong)count;
        }
    }

    public void Dispose() => _file.Dispose();
}
