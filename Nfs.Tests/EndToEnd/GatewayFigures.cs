using System.Text.Json;

namespace Nfs.Tests.EndToEnd;

/// <summary>What <c>nfsgw status --json</c> says, as far as these tests look at it.</summary>
internal sealed record GatewayFigures(
    bool Ready,
    string Phase,
    ulong ReceivedBytes,
    ulong DirtyBytes,
    int DirtyFiles,
    ulong CacheBytes,
    ulong FetchedBytes,
    ulong StoredBytes)
{
    public static GatewayFigures Parse(string json) =>
        JsonSerializer.Deserialize<GatewayFigures>(json, Options) ?? throw new JsonException("no status");

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
    };
}
