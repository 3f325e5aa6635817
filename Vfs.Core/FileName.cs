using System.Text;

namespace Vfs.Core;

/// <summary>
/// One component of a path: 1 to 255 bytes without NUL and '/'. Names are bytes and are compared as bytes.
/// <c>.</c> and <c>..</c> are legal here; operations decide what they mean.
/// </summary>
public readonly struct FileName : IEquatable<FileName>
{
    /// <summary>Longest name in bytes; PATHCONF says the same.</summary>
    public const int BytesMax = 255;

    private readonly ReadOnlyMemory<byte> _bytes;

    private FileName(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The bytes of the name. Borrowed from the caller of <see cref="TryCreate"/>: copy to keep.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Whether the name is <c>.</c>.</summary>
    public bool IsDot => Bytes.SequenceEqual("."u8);

    /// <summary>Whether the name is <c>..</c>.</summary>
    public bool IsDotDot => Bytes.SequenceEqual(".."u8);

    /// <summary>
    /// Checks a name. Empty, or with NUL or '/': <see cref="VfsError.Inval"/>; longer than
    /// <see cref="BytesMax"/>: <see cref="VfsError.NameTooLong"/>.
    /// </summary>
    public static VfsError TryCreate(ReadOnlyMemory<byte> bytes, out FileName name)
    {
        name = default;
        if (bytes.IsEmpty)
        {
            return VfsError.Inval;
        }

        if (bytes.Length > BytesMax)
        {
            return VfsError.NameTooLong;
        }

        if (bytes.Span.IndexOfAny((byte)0, (byte)'/') >= 0)
        {
            return VfsError.Inval;
        }

        name = new FileName(bytes);
        return VfsError.None;
    }

    /// <summary>A name from text, for tests and for names that the gateway makes; throws if it is not legal.</summary>
    public static FileName From(string text) =>
        TryCreate(Encoding.UTF8.GetBytes(text), out var name) == VfsError.None
            ? name
            : throw new ArgumentException("not a file name", nameof(text));

    /// <inheritdoc/>
    public bool Equals(FileName other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FileName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The name as text, for logs only.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes);
}
