namespace Nfs.Server.Transport;

/// <summary>
/// Calls and bytes in flight: of a connection, of a client, or of the server. What is added to a part counts for the
/// <paramref name="whole"/> as well.
/// </summary>
internal sealed class Load(Load? whole = null)
{
    private int _calls;
    private long _bytes;

    /// <summary>What this is a part of; null for the server's.</summary>
    public Load? Whole => whole;

    /// <summary>Calls that are running or whose replies are not sent.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Receive buffers, and replies that are not sent.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds to this and to everything that it is a part of; negative numbers take away.</summary>
    public void Add(int calls, long bytes)
    {
        for (var part = this; part is not null; part = part.Whole)
        {
            if (calls != 0)
            {
                Interlocked.Add(ref part._calls, calls);
            }

            if (bytes != 0)
            {
                Interlocked.Add(ref part._bytes, bytes);
            }
        }
    }
}
