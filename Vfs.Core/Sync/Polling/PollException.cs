using Cas.Client;

namespace Vfs.Core.Sync.Polling;

/// <summary>Ends a pass through the store's tree that cannot be gone on with.</summary>
internal sealed class PollException(CasError error, string message) : Exception(message)
{
    /// <summary>What the store said.</summary>
    public CasError Error { get; } = error;
}
