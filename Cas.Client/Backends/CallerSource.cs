namespace Cas.Client.Backends;

/// <summary>
/// The caller's source, with its failures told apart from the store's: both are <see cref="IOException"/>, but only
/// the store's say anything about the store.
/// </summary>
internal sealed class CallerSource(IContentSource inner) : IContentSource
{
    public ulong Length => inner.Length;

    public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await inner.ReadAsync(offset, destination, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CasException(CasError.Invalid, $"the bytes to store cannot be read: {e.Message}", e);
        }
    }
}
