namespace Cas.Client.Formats;

/// <summary>
/// Bytes that do not change and can be read at any offset: a stored object, or the body of a message. May be used from
/// several threads at once.
/// </summary>
internal interface IRandomBytes
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// The bytes themselves where they lie in memory, valid as long as this object. False if they must be read. The
    /// range lies inside the length: the caller has checked that.
    /// </summary>
    bool TryView(long offset, int length, out ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Fills <paramref name="destination"/>. The range lies inside the length. Throws IOException if it cannot: fewer
    /// bytes than asked for is a failure.
    /// </summary>
    void ReadAt(long offset, Span<byte> destination);
}
