using Microsoft.Extensions.Logging;
using Nfs.Server.Rpc;

namespace Nfs.Server.Transport;

/// <summary>
/// Warnings that a peer can cause as often as it likes: one in a while, with the number of those left out since, so
/// that nobody can fill a disk with them.
/// </summary>
internal sealed class PeerWarnings(ILogger logger, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private long? _last; // Guarded by _gate.
    private long _leftOut; // Guarded by _gate.

    public void ProtocolBroken(ClientAddress client) => Write(client, "closed: it does not speak RPC as agreed");

    public void Stalled(ClientAddress client, string reason) => Write(client, "closed: " + reason);

    public void TooManyConnections(ClientAddress client) => Write(client, "refused: too many connections");

    private void Write(ClientAddress client, string what)
    {
        long leftOut;
        lock (_gate)
        {
            if (_last is { } last && clock.GetElapsedTime(last) < ServerLimits.PeerWarningPause)
            {
                _leftOut++;
                return;
            }

            _last = clock.GetTimestamp();
            leftOut = _leftOut;
            _leftOut = 0;
        }

        TransportLog.PeerWarning(logger, client, what, leftOut);
    }
}
