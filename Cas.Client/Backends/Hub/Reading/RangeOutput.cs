namespace Cas.Client.Backends.Hub.Reading;

/// <summary>
/// Takes the chunks of a range in order, of which the first may begin before the range and the last end behind it.
/// An empty destination takes nothing, of any length.
/// </summary>
internal sealed class RangeOutput(Memory<byte> destination, ulong skip, ulong length)
{
    private readonly bool _isKept = !destination.IsEmpty;
    private Memory<byte> _rest = destination;
    private ulong _skip = skip;
    private ulong _left = length;

    /// <summary>Where the next chunk may be written at once; empty if it is not wanted whole.</summary>
    public Memory<byte> PlaceFor(int chunkLength) =>
        _isKept && _skip == 0 && _rest.Length >= chunkLength ? _rest[..chunkLength] : default;

    /// <summary>Takes the next chunk, which is in its place already or is copied as far as it is wanted.</summary>
    public void Took(ReadOnlySpan<byte> chunk, bool isInPlace)
    {
        var start = (int)Math.Min(_skip, (ulong)chunk.Length);
        var count = (int)Math.Min(_left, (ulong)(chunk.Length - start));
        _skip -= (ulong)start;
        _left -= (ulong)count;
        if (!_isKept)
        {
            return;
        }

        if (!isInPlace)
        {
            chunk.Slice(start, count).CopyTo(_rest.Span);
        }

        _rest = _rest[count..];
    }
}
