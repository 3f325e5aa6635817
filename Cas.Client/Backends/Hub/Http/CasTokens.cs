using System.Text.Json;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>What the Hub hands out for its CAS: where that is, and a token for it.</summary>
internal sealed record CasToken(Uri Url, string Value, DateTimeOffset RenewAt);

/// <summary>
/// The tokens for the CAS, of one kind (read or write). One is fetched when none is good for another minute, once for
/// all who ask meanwhile. The gate guards the fields only.
/// </summary>
internal sealed class CasTokens(HubHttp http, HubCall source, TimeProvider time) : ICallToken
{
    private const int AnswerBytesMax = 64 << 10;
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_leastLife = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private CasToken? _token; // Guarded by _gate.
    private Task<CasToken>? _refresh; // Guarded by _gate.

    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken) =>
        (await GetTokenAsync(cancellationToken)).Value;

    /// <summary>A token that is good for a while. Throws <see cref="CasException"/>.</summary>
    public Task<CasToken> GetTokenAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_token is { } known && time.GetUtcNow() < known.RenewAt)
            {
                return Task.FromResult(known);
            }

            // Not with the token of who asks first: the others wait for it too.
            if (_refresh is null or { IsCompleted: true })
            {
                _refresh = Task.Run(RefreshAsync, CancellationToken.None);
            }

            return _refresh.WaitAsync(cancellationToken);
        }
    }

    public bool TryRenew(string? refused)
    {
        lock (_gate)
        {
            if (_token?.Value == refused)
            {
                _token = null;
            }
        }

        return true;
    }

    private async Task<CasToken> RefreshAsync()
    {
        var fresh = await http.SendAsync(source, ReadAsync, CancellationToken.None);
        lock (_gate)
        {
            _token = fresh;
        }

        return fresh;
    }

    private async Task<CasToken> ReadAsync(HubResponse response)
    {
        using var json = await response.ReadJsonAsync(AnswerBytesMax);
        var answer = new Answer(json.RootElement);
        var url = Origin.Follow(source.Url, answer.Text("casUrl").TrimEnd('/') + "/");
        var value = answer.Text("accessToken");
        if (value.Length == 0 || value.Any(c => c is <= ' ' or >= '\x7f'))
        {
            throw new JsonException("a token that cannot be shown");
        }

        return new CasToken(url, value, RenewAt(answer.Number("exp")));
    }

    /// <summary>A minute early; half-way if it does not live for two; never all the time.</summary>
    private DateTimeOffset RenewAt(long unixSeconds)
    {
        var now = time.GetUtcNow();
        var life = TimeSpan.FromSeconds(Math.Clamp(unixSeconds - now.ToUnixTimeSeconds(), 0, 86_400));
        var early = life < 2 * s_early ? life / 2 : s_early;
        var kept = life - early;
        return now + (kept < s_leastLife ? s_leastLife : kept);
    }
}
