using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>
/// An open object as a source for composing. Reads on the calling thread, which belongs to a composition: many small
/// pieces between edits cost less than a switch of threads for each.
/// </summary>
internal sealed class ObjectSource(ContentId content, SafeFileHandle handle) : IContentSource
{
    public ulong Length => content.Size;

    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(handle, destination.Span, (long)offset);
            if (count == 0)
            {
                throw ShortObject(content);
            }

            destination = destination[count..];
            offset += (ulong)count;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The object ends before the size that its name promises.</summary>
    public static CasException ShortObject(ContentId content) =>
        new(CasError.Corrupt, $"object {content.Hash} ends before its {content.Size} bytes");
}
