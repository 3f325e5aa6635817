using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>
/// Asks the CAS how files are made, with the second version of its protocol, or the first where it does not have that.
/// </summary>
internal sealed class ReadPlans(HubHttp http, CasTokens tokens)
{
    private const int AnswerBytesMax = 64 << 20;

    private static readonly MerkleHash s_nobodys = MerkleHash.Read([.. Enumerable.Repeat((byte)0xFF, MerkleHash.Bytes)]);

    // 2 once an answer of it was seen, 1 once it was not there and the first one was. Any thread; the last one wins.
    private volatile int _version;

    /// <summary>
    /// How to get a range of a file, first and last byte included, or all of it. Throws
    /// <see cref="CasException"/>: NotFound if the CAS does not have it, Invalid if the range starts behind its end.
    /// </summary>
    public async Task<ReadPlan> GetAsync(
        MerkleHash file, (ulong First, ulong Last)? range, CancellationToken cancellationToken)
    {
        var version = _version == 1 ? 1 : 2;
        try
        {
            var plan = await AskAsync(version, file, range, cancellationToken);
            _version = version;
            return plan;
        }
        catch (HubFailure e) when (_version == 0 && e.Status is 404 or 501)
        {
            // Either the file is not there or the call is not: the older call tells.
            var plan = await AskAsync(1, file, range, cancellationToken);
            _version = 1;
            return plan;
        }
    }

    /// <summary>Gets an answer of the CAS, by asking for what nobody has stored. Throws as the other if none comes.</summary>
    public async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(1, s_nobodys, null, cancellationToken);
        }
        catch (HubFailure e) when (e.Error == CasError.NotFound)
        {
        }

        return true;
    }

    private async Task<ReadPlan> AskAsync(
        int version, MerkleHash file, (ulong First, ulong Last)? range, CancellationToken cancellationToken)
    {
        var cas = (await tokens.GetTokenAsync(cancellationToken)).Url;
        var call = new HubCall(
            HttpMethod.Get, new Uri(cas, $"v{version}/reconstructions/{file}"), CallLimits.Question)
        {
            Token = tokens, Range = range,
        };
        return await http.SendAsync(
            call,
            async response =>
            {
                using var json = await response.ReadJsonAsync(AnswerBytesMax);
                return ReadPlan.Parse(new Answer(json.RootElement), cas);
            },
            cancellationToken);
    }
}
