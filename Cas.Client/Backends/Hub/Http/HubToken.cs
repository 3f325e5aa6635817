namespace Cas.Client.Backends.Hub.Http;

/// <summary>
/// The user's token: what a file holds, which is read again when it changes, or a given one. The gate guards what was
/// read last.
/// </summary>
internal sealed class HubToken(string? given, string? path) : ICallToken
{
    private const int LengthMax = 4096;

    private readonly Lock _gate = new();
    private (DateTime Written, long Length) _seen; // Guarded by _gate.
    private string? _read; // Guarded by _gate.

    public ValueTask<string?> GetAsync(CancellationToken cancellationToken) => new(Current());

    public bool TryRenew(string? refused) => Current() != refused;

    private string? Current()
    {
        var token = path is null ? null : FromFile(path);
        return Usable(token) ?? Usable(given);
    }

    /// <summary>A file that is away for a moment, as while it is replaced, leaves what it said last.</summary>
    private string? FromFile(string file)
    {
        lock (_gate)
        {
            try
            {
                var info = new FileInfo(file);
                var now = (info.LastWriteTimeUtc, info.Exists ? info.Length : -1);
                if (now != _seen && now.Item2 is >= 0 and <= LengthMax)
                {
                    _read = File.ReadAllText(file).Trim();
                    _seen = now;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next call looks again.
            }

            return _read;
        }
    }

    /// <summary>What can stand in a header.</summary>
    private static string? Usable(string? token) =>
        token is { Length: > 0 and <= LengthMax } && token.All(c => c is > ' ' and < '\x7f') ? token : null;
}
