using System.Text.Json;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Hub;

/// <summary>What the npm client sent to upload one input: a xorb, and a shard with one file.</summary>
internal sealed class NpmUpload
{
    private readonly string _name;

    private NpmUpload(string name) => _name = name;

    public static NpmUpload Text { get; } = new("text-300000");

    /// <summary>The same five times: terms that name the same chunks again.</summary>
    public static NpmUpload Repeat { get; } = new("repeat-200000-x5");

    public static NpmUpload Small { get; } = new("rand-8192");

    /// <summary>The bytes of the file.</summary>
    public byte[] Content => GoldenInput.Make(Of("chunking.json", "cases", "name").GetProperty("generator"));

    public string FileHash => Of("chunking.json", "cases", "name").GetProperty("fileHash").GetString()!;

    public string XorbHash => Of("xorbs/index.json", "xorbs", "case").GetProperty("xorbHash").GetString()!;

    /// <summary>Hashes and lengths of the chunks.</summary>
    public IReadOnlyList<(string Hash, int Length)> Chunks => [.. Of("chunking.json", "cases", "name")
        .GetProperty("chunks").EnumerateArray().Select(chunk => (chunk[0].GetString()!, chunk[1].GetInt32()))];

    public byte[] Xorb => GoldenFile.Bytes($"xorbs/{_name}.npm.xorb");

    /// <summary>The xorb as another client sends it: with a footer.</summary>
    public byte[] XorbWithFooter => GoldenFile.Bytes($"xorbs/{_name}.rust-footer.xorb");

    public byte[] Shard => GoldenFile.Bytes($"shards/{_name}.npm-bucket.shard");

    /// <summary>The shard for a repository: with the SHA-256 of the file.</summary>
    public byte[] ModelShard => GoldenFile.Bytes($"shards/{_name}.npm-model.shard");

    private JsonElement Of(string file, string list, string key) =>
        GoldenFile.Json(file).GetProperty(list).EnumerateArray()
            .First(entry => entry.GetProperty(key).GetString() == _name);
}
