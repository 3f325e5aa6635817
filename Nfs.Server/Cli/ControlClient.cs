using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nfs.Server.Admin;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>Talks to the gateway that owns a state directory. Failures are a <see cref="UsageException"/>.</summary>
internal sealed class ControlClient : IDisposable
{
    // The address says nothing: the connection goes to the socket.
    private static readonly Uri s_base = new("http://gateway");

    private readonly string _state;
    private readonly ControlSocket _socket;
    private readonly HttpClient _http;

    public ControlClient(string state)
    {
        _state = Path.GetFullPath(state);
        if (!Directory.Exists(_state))
        {
            throw new UsageException($"There is no state directory {_state}.");
        }

        _socket = new ControlSocket(StateDirectory.ControlSocketPathOf(_state));
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync })
        {
            BaseAddress = s_base,

            // A sync takes as long as it takes.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The status with the text that it came in.</summary>
    public async Task<(StatusDocument Status, string Text)> GetStatusAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Get, ControlEndpoints.StatusRoute, null, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return JsonSerializer.Deserialize(text, AdminJson.Default.StatusDocument) is { } status
            ? (status, text)
            : throw CutOff();
    }

    /// <summary>One line a file, as they come, and the summary last.</summary>
    public async IAsyncEnumerable<SyncLine> SyncAsync(
        byte[] path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post, ControlEndpoints.SyncRoute, path, cancellationToken).ConfigureAwait(false);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(body);
        var isComplete = false;
        while (!isComplete)
        {
            var line = await ReadLineAsync(reader, cancellationToken).ConfigureAwait(false);
            isComplete = line.Summary is not null;
            yield return line;
        }
    }

    /// <summary>Bytes dropped.</summary>
    public async Task<ulong> EvictAsync(byte[] path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post, ControlEndpoints.EvictRoute, path, cancellationToken).ConfigureAwait(false);
        var answer = await response.Content.ReadFromJsonAsync(AdminJson.Default.EvictAnswer, cancellationToken)
            .ConfigureAwait(false);
        return (answer ?? throw CutOff()).EvictedBytes;
    }

    public void Dispose()
    {
        _http.Dispose();
        _socket.Dispose();
    }

    private static async Task<SyncLine> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            var text = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? throw CutOff();
            return JsonSerializer.Deserialize(text, AdminJson.Default.SyncLine) ?? throw CutOff();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or JsonException)
        {
            throw CutOff();
        }
    }

    private static UsageException CutOff() => new("The gateway stopped before its answer was complete.");

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string route, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, route);
        request.Content = body is null ? null : new ByteArrayContent(body);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new UsageException(Sentence(e.InnerException as SocketException));
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            throw new UsageException(await FailureOfAsync(response, cancellationToken).ConfigureAwait(false));
        }
    }

    private static async Task<string> FailureOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var failure = await response.Content.ReadFromJsonAsync(AdminJson.Default.ControlFailure, cancellationToken)
                .ConfigureAwait(false);
            return failure!.Error;
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or NullReferenceException)
        {
            return $"The gateway answered with status {(int)response.StatusCode} and no reason.";
        }
    }

    private string Sentence(SocketException? e) => e?.SocketErrorCode switch
    {
        SocketError.AccessDenied =>
            $"Only the user who runs the gateway on {_state} may do this.",
        null => CutOff().Message,
        _ => $"No gateway runs on the state directory {_state}; start one with nfsgw serve.",
    };

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(_socket.EndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
