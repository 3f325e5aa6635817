using System.Net.Http.Headers;
using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Writing;

/// <summary>The calls that store something in the CAS, or prepare that. All throw <see cref="CasException"/>.</summary>
internal sealed class CasUploads(HubHttp http, CasTokens tokens)
{
    private const int ShardBytesMax = 16 << 20;

    /// <summary>Stores the first bytes of a buffer, which are the records of a xorb.</summary>
    public Task SendXorbAsync(MerkleHash xorb, XorbBuffer records, long length) => PostAsync(
        $"v1/xorbs/default/{xorb}", CallLimits.Upload, () => records.ToContent(length));

    /// <summary>Makes files known. All xorbs that they are made of have been stored.</summary>
    public Task SendShardAsync(byte[] shard) => PostAsync(
        "v1/shards", CallLimits.Work, () => new ByteArrayContent(shard));

    /// <summary>A shard that tells where a chunk is, and others near it; null if the CAS does not have it.</summary>
    public async Task<ReadOnlyMemory<byte>?> FindChunkAsync(MerkleHash chunk)
    {
        var cas = (await tokens.GetTokenAsync(CancellationToken.None)).Url;
        var call = new HubCall(
            HttpMethod.Get, new Uri(cas, $"v1/chunks/default/{chunk}"), CallLimits.Question) { Token = tokens };
        try
        {
            return await http.SendAsync(call, response => response.ReadAsync(ShardBytesMax), CancellationToken.None);
        }
        catch (HubFailure e) when (e.Error == CasError.NotFound)
        {
            return null;
        }
    }

    private async Task PostAsync(string path, CallLimits limits, Func<HttpContent> body)
    {
        var cas = (await tokens.GetTokenAsync(CancellationToken.None)).Url;
        var call = new HubCall(HttpMethod.Post, new Uri(cas, path), limits)
        {
            Token = tokens,
            Body = () =>
            {
                var content = body();
                content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                return content;
            },
        };
        await http.SendAsync(call, _ => Task.FromResult(true), CancellationToken.None);
    }
}
