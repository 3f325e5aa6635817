using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Formats;

/// <summary>The bytes of an open file; the handle is borrowed.</summary>
internal sealed class FileBytes : IRandomBytes
{
    private readonly SafeFileHandle _file;

    public FileBytes(SafeFileHandle file)
    {
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    public long Length { get; }

    public bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return false;
    }

    public void ReadAt(long offset, Span<byte> destination)
    {
        var rest = destination;
        while (rest.Length > 0)
        {
            var count = RandomAccess.Read(_file, rest, offset);
            if (count == 0)
            {
                throw new IOException($"the file ended at byte {offset}, inside its length of {Length}");
            }

            rest = rest[count..];
            offset += count;
        }
    }
}
