using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary>A source that tells how many bytes were read of it.</summary>
internal sealed class ReportingSource(IContentSource inner, Action<ulong> report) : IContentSource
{
    public ulong Length => inner.Length;

    public async ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        report((ulong)destination.Length);
    }
}
