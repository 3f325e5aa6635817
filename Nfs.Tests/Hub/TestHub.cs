using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using XetHub;

namespace Nfs.Tests.Hub;

/// <summary>A hub of one test, with a client that speaks HTTP to it.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    public const string Bucket = "u/b";

    private readonly TemporaryDirectory _directory = new();
    private readonly Func<XetHubOptions, XetHubOptions> _change;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    private TestHub(Func<XetHubOptions, XetHubOptions>? change) => _change = change ?? (options => options);

    private bool _isRunning;

    public XetHubServer Server { get; private set; } = null!;

    public string Data => _directory["data"];

    /// <summary>Starts one, with a bucket in it.</summary>
    public static async Task<TestHub> StartAsync(Func<XetHubOptions, XetHubOptions>? change = null)
    {
        var hub = new TestHub(change);
        await hub.StartServerAsync();
        await hub.OkAsync(HttpMethod.Post, $"/api/buckets/{Bucket}");
        return hub;
    }

    /// <summary>Ends the server and starts another one on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartServerAsync();
    }

    /// <summary>Ends the server, which lets go of its directory.</summary>
    public async Task StopAsync()
    {
        if (_isRunning)
        {
            _isRunning = false;
            await Server.DisposeAsync();
        }
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, byte[]? body = null, string? token = null, params (string, string)[] headers)
    {
        using var request = new HttpRequestMessage(
            method, path.StartsWith("http", StringComparison.Ordinal) ? path : Server.Url + path);
        request.Content = body is null ? null : new ByteArrayContent(body);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request);
    }

    /// <summary>Sends, expects a success, and gives the body.</summary>
    public async Task<byte[]> OkAsync(
        HttpMethod method, string path, byte[]? body = null, string? token = null, params (string, string)[] headers)
    {
        using var response = await SendAsync(method, path, body, token, headers);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, $"{path}: {response}{Encoding.UTF8.GetString(bytes)}");
        return bytes;
    }

    public async Task<JsonElement> JsonAsync(
        HttpMethod method, string path, string? body = null, string? token = null, params (string, string)[] headers) =>
        JsonDocument.Parse(await OkAsync(
            method, path, body is null ? null : Encoding.UTF8.GetBytes(body), token, headers)).RootElement;

    public async Task<JsonElement> PostAsync(string path, byte[] body, string token) =>
        JsonDocument.Parse(await OkAsync(HttpMethod.Post, path, body, token)).RootElement;

    public async Task<string> TokenAsync(string mode = "write")
    {
        var answer = await JsonAsync(HttpMethod.Get, $"/api/buckets/{Bucket}/xet-{mode}-token");
        Assert.That(answer.GetProperty("casUrl").GetString(), Is.EqualTo(Server.Url));
        return answer.GetProperty("accessToken").GetString()!;
    }

    /// <summary>Puts what the npm client sent for an input into the hub.</summary>
    public async Task UploadAsync(NpmUpload upload)
    {
        var token = await TokenAsync();
        await OkAsync(HttpMethod.Post, $"/v1/xorbs/default/{upload.XorbHash}", upload.Xorb, token);
        await OkAsync(HttpMethod.Post, "/v1/shards", upload.Shard, token);
    }

    /// <summary>Names content in the bucket.</summary>
    public Task<JsonElement> BatchAsync(params string[] lines) =>
        JsonAsync(HttpMethod.Post, $"/api/buckets/{Bucket}/batch", string.Join('\n', lines));

    /// <summary>Puts empty files into the bucket.</summary>
    public Task AddEmptyAsync(params string[] paths) => BatchAsync([.. paths.Select(path =>
        JsonSerializer.Serialize(new { type = "addFile", path, xetHash = new string('0', 64) }))]);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _directory.Dispose();
    }

    private async Task StartServerAsync()
    {
        Server = await XetHubServer.StartAsync(_change(new XetHubOptions { DataDirectory = Data }));
        _isRunning = true;
    }
}
