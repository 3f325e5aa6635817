using Microsoft.Win32.SafeHandles;

namespace Nfs.Server.Cli;

/// <summary>
/// Standard output for bytes. The console's own stream holds a lock while its reader makes it wait, and what goes to
/// standard error would wait with it; it also says nothing when the reader is gone.
/// </summary>
internal sealed class StandardOutput : IDisposable
{
    private const int Descriptor = 1;

    private readonly SafeFileHandle _handle = new(Descriptor, ownsHandle: false);
    private readonly FileStream _stream;

    public StandardOutput() => _stream = new FileStream(_handle, FileAccess.Write, bufferSize: 0);

    /// <summary>Writes all of it. Throws <see cref="UsageException"/> with a sentence if that cannot be.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException e)
        {
            throw new UsageException($"Standard output cannot be written: {e.Message.TrimEnd('.')}.");
        }
    }

    public void Dispose()
    {
        // Asking for the handle moves the shared offset behind what was written: the next command of a shell's list
        // goes on there.
        _ = _stream.SafeFileHandle;
        _stream.Dispose();
        _handle.Dispose();
    }
}
