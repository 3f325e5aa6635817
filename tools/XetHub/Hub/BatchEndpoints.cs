using Cas.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Hub;

/// <summary>
/// Changes of a bucket: a line each, in order, each with its own outcome. What was put last stays, and deleting what is
/// not there is no failure: a batch whose answer was lost can be sent again.
/// </summary>
internal static class BatchEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub) => routes.Serve(
        "POST", $"/api/buckets/{HubRequest.Name}/batch", RequestKind.Commit, Access.Hub,
        context => RunAsync(context, hub), NdJson.BodyBytesMax);

    private static async Task RunAsync(HttpContext context, HubParts hub)
    {
        var lines = await NdJson.ReadAsync<BatchLine>(context);
        var id = context.RepoId(RepoId.Buckets);
        var failed = new List<object>();
        var isPutRefused = false;
        await Task.Run(() => hub.Catalog.Change(state =>
        {
            var bucket = state.Require(id);
            var at = hub.Catalog.TimeAfter(bucket.UpdatedAt);
            var changes = new Dictionary<string, FileEntry?>();
            foreach (var line in lines)
            {
                if (Apply(hub, line, at, changes) is { } problem)
                {
                    failed.Add(new { line.Path, Error = problem });
                    isPutRefused |= line.Type != BatchLine.Delete;
                }
            }

            return changes.Count == 0 ? null : new TreeChanged(
                id, at, [.. changes.Values.OfType<FileEntry>()],
                [.. changes.Where(change => change.Value is null).Select(change => change.Key)], null, null);
        }));
        await context.JsonAsync(
            new
            {
                Success = failed.Count == 0,
                Processed = lines.Count,
                Succeeded = lines.Count - failed.Count,
                Failed = failed,
            },
            status: isPutRefused ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    /// <summary>Notes what a line does; says why if it cannot be done.</summary>
    private static string? Apply(
        HubParts hub, BatchLine line, DateTimeOffset at, Dictionary<string, FileEntry?> changes)
    {
        if (line.Path is null || !FilePath.IsGood(line.Path))
        {
            return "this is not a path";
        }

        if (line.Type == BatchLine.Delete)
        {
            changes[line.Path] = null;
            return null;
        }

        if (line.Type is not (BatchLine.Add or BatchLine.Copy))
        {
            return $"\"{line.Type}\" is not known";
        }

        if (!MerkleHash.TryParse(line.XetHash ?? string.Empty, out var hash))
        {
            return "this is not a hash";
        }

        var recipe = hash == MerkleHash.Zero ? null : hub.Content.FindFile(hash);
        if (recipe is null && hash != MerkleHash.Zero)
        {
            return $"the content {hash} was not uploaded";
        }

        changes[line.Path] = new FileEntry(
            line.Path, recipe?.Length ?? 0, hash.ToString(), null, null, line.MtimeOf(), at);
        return null;
    }

    private sealed record BatchLine(string? Type, string? Path, string? XetHash, long? Mtime)
    {
        public const string Add = "addFile";
        public const string Copy = "copyFile";
        public const string Delete = "deleteFile";

        // Of the years 1 to 9999.
        private const long MillisecondsMin = -62_135_596_800_000;
        private const long MillisecondsMax = 253_402_300_799_999;

        /// <summary>Sent in Unix milliseconds; what no calendar has is left out.</summary>
        public DateTimeOffset? MtimeOf() => Mtime is >= MillisecondsMin and <= MillisecondsMax
            ? DateTimeOffset.FromUnixTimeMilliseconds(Mtime.Value)
            : null;
    }
}
