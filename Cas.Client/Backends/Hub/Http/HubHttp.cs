using System.Net;
using System.Text.Json;
using Polly.CircuitBreaker;

namespace Cas.Client.Backends.Hub.Http;

/// <summary>
/// Makes all calls to the Hub, its CAS and where their files lie, over shared connections. Whatever goes wrong is
/// thrown as <see cref="CasException"/>, judged by <see cref="FailureTable"/>, after the tries of <see cref="CallRetries"/>.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int RedirectsMax = 5;
    private const int ProblemBytesMax = 4096;
    private const int ProblemLengthMax = 300;
    private const int ConnectionsMax = 64;

    private readonly TimeProvider _time;
    private readonly CallRetries _retries;
    private readonly HttpClient _client;

    public HubHttp(TimeProvider time)
    {
        _time = time;
        _retries = new CallRetries(time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxConnectionsPerServer = ConnectionsMax,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),

            // Names may get other addresses.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("nfsgw");
    }

    /// <summary>
    /// Makes a call; <paramref name="read"/> makes the value of a successful answer, and is called anew for each.
    /// Throws <see cref="CasException"/>, or <see cref="OperationCanceledException"/> if the caller gives up.
    /// </summary>
    public async Task<T> SendAsync<T>(
        HubCall call, Func<HubResponse, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _retries.RunAsync(
                call.Url.Authority, call.Limits, token => TryAsync(call, read, token), cancellationToken);
        }
        catch (CasException)
        {
            throw;
        }
        catch (BrokenCircuitException e)
        {
            throw new HubFailure(
                FailureTable.OfException(e), $"{call.Url.Host} failed again and again, and is left alone a moment", e);
        }
        catch (Exception e) when (FailureTable.Covers(e))
        {
            throw new HubFailure(FailureTable.OfException(e), $"{Describe(call)}: {e.Message}", e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<T> TryAsync<T>(
        HubCall call, Func<HubResponse, Task<T>> read, CancellationToken cancellationToken)
    {
        using var idle = new IdleLimit(call.Limits.Idle, _time, cancellationToken);
        try
        {
            var token = call.Token is null ? null : await call.Token.GetAsync(idle.Token);
            try
            {
                return await FollowAsync(call, token, read, idle);
            }
            catch (HubFailure e) when (e.Error == CasError.Unauthorized && call.Token?.TryRenew(token) == true)
            {
                return await FollowAsync(call, await call.Token.GetAsync(idle.Token), read, idle);
            }
        }
        catch (OperationCanceledException) when (idle.IsExpired && !cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure(
                FailureTable.Broken, $"{Describe(call)}: nothing moved for {call.Limits.Idle.TotalSeconds} s");
        }
        catch (JsonException e)
        {
            throw new HubFailure(FailureTable.OfException(e), $"{Describe(call)}: the answer is not understood", e);
        }
    }

    private async Task<T> FollowAsync<T>(
        HubCall call, string? token, Func<HubResponse, Task<T>> read, IdleLimit idle)
    {
        var url = call.Url;
        string? tag = null;
        for (var hops = 0; ; hops++)
        {
            using var request = call.ToRequest(url, token, idle);
            using var response = await _client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
            idle.Touch();
            if (response.IsSuccessStatusCode)
            {
                return await read(new HubResponse(response, url, tag, idle));
            }

            if (!call.FollowsRedirects || !IsRedirect(response.StatusCode) || hops == RedirectsMax)
            {
                throw await FailureAsync(call, response, idle);
            }

            tag ??= response.Headers.TryGetValues("X-Linked-ETag", out var tags) ? tags.First() : null;
            url = Origin.Follow(url, response.Headers.Location?.OriginalString);
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static async Task<HubFailure> FailureAsync(HubCall call, HttpResponseMessage response, IdleLimit idle)
    {
        var status = (int)response.StatusCode;
        var problem = response.Headers.TryGetValues("X-Error-Message", out var said)
            ? said.First()
            : await ReadProblemAsync(response, idle);
        var shown = problem.Length == 0 ? string.Empty : $" ({Shorten(problem)})";
        return new HubFailure(FailureTable.OfStatus(status), $"{Describe(call)}: status {status}{shown}")
        {
            Status = status,
            Code = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.First() : null,
            Wait = RateLimit.WaitOf(response.Headers),
        };
    }

    /// <summary>What the body says of the problem, as far as it can be had.</summary>
    private static async Task<string> ReadProblemAsync(HttpResponseMessage response, IdleLimit idle)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
            var bytes = new byte[ProblemBytesMax];
            var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, false, idle.Token);
            using var json = JsonDocument.Parse(bytes.AsMemory(0, count));
            return json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String
                ? error.GetString()!
                : string.Empty;
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or IOException or HttpRequestException)
        {
            return string.Empty;
        }
    }

    private static string Shorten(string text)
    {
        var line = new string([.. text.Take(ProblemLengthMax).Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.TrimEnd('.');
    }

    /// <summary>Without the query, which may be signed.</summary>
    private static string Describe(HubCall call) => $"{call.Method} {call.Url.GetLeftPart(UriPartial.Path)}";
}
