using System.Buffers;
using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>Fetches ranges of xorbs from where a plan says that they are.</summary>
internal sealed class XorbFetches(HubHttp http)
{
    /// <summary>The records of a range. Dispose them. Throws <see cref="CasException"/>.</summary>
    public async Task<RecordRun> FetchAsync(MerkleHash xorb, FetchRange range, CancellationToken cancellationToken)
    {
        // The URL is signed, and shows no token.
        var call = new HubCall(HttpMethod.Get, range.Url, CallLimits.Download)
        {
            Range = (range.FirstByte, range.LastByte), FollowsRedirects = true,
        };
        var rented = ArrayPool<byte>.Shared.Rent(range.Bytes);
        try
        {
            var memory = rented.AsMemory(0, range.Bytes);
            return await http.SendAsync(
                call,
                async response =>
                {
                    // Who does not understand ranges sends all, which is right at the start only.
                    var isRange = response.Range is { } got
                        ? (got.First, got.Last) == (range.FirstByte, range.LastByte)
                        : response.Status == 200 && range.FirstByte == 0;
                    if (!isRange)
                    {
                        throw new HubFailure(FailureTable.Broken, $"{range.Url.Host} gives other bytes than asked for");
                    }

                    await response.FillAsync(memory);
                    return RecordRun.Of(xorb, range, rented);
                },
                cancellationToken);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }
}
