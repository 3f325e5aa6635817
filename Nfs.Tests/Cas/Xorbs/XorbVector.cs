using System.Text.Json;
using Cas.Client;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Xorbs;

/// <summary>A xorb that another implementation wrote, and what it says about it.</summary>
internal sealed class XorbVector
{
    private readonly JsonElement _entry;

    private XorbVector(JsonElement entry)
    {
        _entry = entry;
        File = entry.GetProperty("file").GetString()!;
        Hash = ParseHash(entry.GetProperty("xorbHash"));
        Chunks = [.. entry.GetProperty("chunks").EnumerateArray().Select(chunk => new XorbVectorChunk(
            ParseHash(chunk[0]), chunk[1].GetInt32(), chunk[2].GetInt32(), chunk[3].GetByte()))];
    }

    /// <summary>All of them that come with their bytes.</summary>
    public static IReadOnlyList<XorbVector> All { get; } =
        [.. GoldenFile.Json("xorbs/index.json").GetProperty("xorbs").EnumerateArray()
            .Where(entry => entry.TryGetProperty("file", out _)).Select(entry => new XorbVector(entry))];

    /// <summary>Name of the file.</summary>
    public string File { get; }

    /// <summary>Name of the xorb.</summary>
    public MerkleHash Hash { get; }

    /// <summary>Its chunks.</summary>
    public XorbVectorChunk[] Chunks { get; }

    /// <summary>Its bytes.</summary>
    public byte[] Bytes => GoldenFile.Bytes("xorbs/" + File);

    /// <summary>Length of its bytes.</summary>
    public int Length => _entry.GetProperty("serializedLength").GetInt32();

    /// <summary>Where its footer starts; null if it has none.</summary>
    public int? FooterStart =>
        _entry.TryGetProperty("footerStart", out var start) && start.ValueKind == JsonValueKind.Number
            ? start.GetInt32()
            : null;

    /// <summary>One by the name of its file.</summary>
    public static XorbVector Of(string file) => All.Single(vector => vector.File == file);

    public override string ToString() => File;

    private static MerkleHash ParseHash(JsonElement text) =>
        MerkleHash.TryParse(text.GetString()!, out var hash) ? hash : throw new InvalidDataException("not a hash");
}

/// <summary>A chunk as the list of vectors describes it.</summary>
internal readonly record struct XorbVectorChunk(MerkleHash Hash, int Length, int PayloadLength, byte Scheme);
