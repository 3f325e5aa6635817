using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cas.Client.Backends.Hub.Http;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>A line of a batch of changes to a bucket.</summary>
/// <param name="Path">The Hub's path.</param>
/// <param name="Content">What the path becomes; null deletes it.</param>
/// <param name="MtimeMs">Milliseconds since the epoch.</param>
internal readonly record struct BatchLine(string Path, MerkleHash? Content, long MtimeMs);

/// <summary>The Hub's own calls about one place. All throw <see cref="CasException"/>.</summary>
internal sealed class HubApi(HubHttp http, Uri endpoint, HubPlace place, ICallToken token)
{
    /// <summary>Most paths in one look-up, and most lines in one batch.</summary>
    public const int PathsMax = 1000;

    private const int InfoBytesMax = 16 << 20;
    private const int PageBytesMax = 64 << 20;
    private const int BatchAnswerBytesMax = 4 << 20;
    private const int EntriesPerPage = 5000;

    /// <summary>Entries of one listing, each of a few hundred bytes, and pages: who gives more goes in circles.</summary>
    private const int EntriesMax = 4_000_000;

    // Characters other than quotes, backslashes and controls go as they are.
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The place.</summary>
    public HubPlace Place => place;

    /// <summary>Asks for the place itself: whether it is there and may be seen.</summary>
    public Task<bool> ProbeAsync(CancellationToken cancellationToken) =>
        http.SendAsync(PlaceCall(), _ => Task.FromResult(true), cancellationToken);

    /// <summary>
    /// What is another one after every change: the commit that a branch is at, or when a bucket was changed last and what
    /// was in it then.
    /// </summary>
    public Task<string> FindRevisionAsync(CancellationToken cancellationToken) =>
        http.SendAsync(PlaceCall(), ReadRevisionAsync, cancellationToken);

    /// <summary>A call for the token of the CAS.</summary>
    public HubCall TokenCall(string kind) =>
        Call(HttpMethod.Get, $"{place.ApiPath}/xet-{kind}-token{place.RevisionPath}");

    /// <summary>A call for the bytes of a file that is not in the CAS.</summary>
    public HubCall DownloadCall(string path) =>
        Call(HttpMethod.Get, $"{place.ResolvePath}/{HubPath.Escape(path)}") with
        {
            Limits = CallLimits.Download, FollowsRedirects = true,
        };

    /// <summary>
    /// The entries below a folder, a page at a time. Those that only begin like it may be among them. Nothing below
    /// what is not there.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<HubEntry>> ListAsync(
        string folder, bool recursive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var below = folder.Length == 0 ? string.Empty : "/" + HubPath.Escape(folder);
        var query = $"?recursive={(recursive ? "true" : "false")}&expand=false&limit={EntriesPerPage}";
        var call = Call(HttpMethod.Get, $"{place.ApiPath}/tree{place.RevisionPath}{below}{query}");
        var count = 0L;
        for (Uri? next = call.Url; next is not null;)
        {
            IReadOnlyList<HubEntry> entries;
            try
            {
                (entries, next) = await http.SendAsync(call with { Url = next }, ReadPageAsync, cancellationToken);
            }
            catch (HubFailure e) when (e is { Error: CasError.NotFound, Code: "EntryNotFound" })
            {
                yield break;
            }
            catch (HubFailure e) when (e.Error == CasError.NotFound)
            {
                throw Missing(e);
            }

            count += entries.Count + 1;
            if (count > EntriesMax)
            {
                throw new HubFailure(
                    new FailureKind(CasError.Invalid, false), $"'{folder}' has more than {EntriesMax} entries");
            }

            yield return entries;
        }
    }

    /// <summary>What is at some paths, at most <see cref="PathsMax"/>; those that are not there are left out.</summary>
    public async Task<IReadOnlyList<HubEntry>> FindAsync(
        IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        var body = Json(json =>
        {
            json.WriteStartArray("paths");
            foreach (var path in paths)
            {
                json.WriteStringValue(path);
            }

            json.WriteEndArray();
        });
        var call = Call(HttpMethod.Post, $"{place.ApiPath}/paths-info{place.RevisionPath}") with
        {
            Body = () => Content(body, "application/json"),
        };
        try
        {
            return await http.SendAsync(call, ReadEntriesAsync, cancellationToken);
        }
        catch (HubFailure e) when (e.Error == CasError.NotFound)
        {
            throw Missing(e);
        }
    }

    /// <summary>
    /// Changes paths, at most <see cref="PathsMax"/>, one after the other. Throws <see cref="HubFailure"/>, and then
    /// nobody knows which of them have been changed.
    /// </summary>
    public async Task CommitAsync(IReadOnlyCollection<BatchLine> lines, CancellationToken cancellationToken)
    {
        var body = lines.SelectMany(line => Json(json => Write(json, line)).Append((byte)'\n')).ToArray();
        var call = Call(HttpMethod.Post, place.ApiPath + "/batch") with
        {
            Body = () => Content(body, "application/x-ndjson"), Limits = CallLimits.Work,
        };
        var problem = await http.SendAsync(call, ReadBatchAsync, cancellationToken);
        if (problem is not null)
        {
            throw new HubFailure(new FailureKind(CasError.Invalid, false), problem);
        }
    }

    private static void Write(Utf8JsonWriter json, BatchLine line)
    {
        json.WriteString("type", line.Content is null ? "deleteFile" : "addFile");
        json.WriteString("path", line.Path);
        if (line.Content is { } hash)
        {
            json.WriteString("xetHash", hash.ToString());
            json.WriteNumber("mtime", line.MtimeMs);
        }
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static ByteArrayContent Content(byte[] body, string type) => new(body)
    {
        Headers = { ContentType = new MediaTypeHeaderValue(type) },
    };

    private async Task<(IReadOnlyList<HubEntry> Entries, Uri? Next)> ReadPageAsync(HubResponse response)
    {
        var next = NextPage.Of(endpoint, response.Header("Link"));
        using var json = await response.ReadJsonAsync(PageBytesMax);
        return (Entries(new Answer(json.RootElement)), next);
    }

    private static async Task<IReadOnlyList<HubEntry>> ReadEntriesAsync(HubResponse response)
    {
        using var json = await response.ReadJsonAsync(InfoBytesMax);
        return Entries(new Answer(json.RootElement));
    }

    private static List<HubEntry> Entries(Answer answer) =>
        [.. answer.Items().Select(HubEntry.Read).OfType<HubEntry>()];

    /// <summary>Null if all lines were done; otherwise what the Hub says of the first that was not.</summary>
    private static async Task<string?> ReadBatchAsync(HubResponse response)
    {
        using var json = await response.ReadJsonAsync(BatchAnswerBytesMax);
        var failed = new Answer(json.RootElement).Member("failed").Items().ToList();
        return failed.Count == 0
            ? null
            : $"the Hub refused '{failed[0].Text("path")}': {failed[0].FindText("error") ?? "no reason"}";
    }

    private async Task<string> ReadRevisionAsync(HubResponse response)
    {
        using var json = await response.ReadJsonAsync(InfoBytesMax);
        var answer = new Answer(json.RootElement);
        return place.Kind != HubKind.Bucket
            ? answer.Text("sha")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{answer.Text("updatedAt")} {answer.FindNumber("size")} {answer.FindNumber("totalFiles")}");
    }

    private HubCall PlaceCall() => Call(
        HttpMethod.Get,
        place.ApiPath + (place.Kind == HubKind.Bucket ? string.Empty : "/revision" + place.RevisionPath));

    private HubCall Call(HttpMethod method, string path) =>
        new(method, new Uri(endpoint, path), CallLimits.Question) { Token = token };

    /// <summary>A place that is away says nothing about what is in it: nobody may take its files for deleted.</summary>
    private HubFailure Missing(HubFailure e) => new(
        new FailureKind(CasError.Unreachable, false),
        $"{place.Url} is not there, or the token may not see it: {e.Message}", e);
}
