using System.Buffers.Binary;
using System.Text.Json;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Hashing;

namespace Cas.Client.Backends.Hub.Tree;

/// <summary>What the Hub says of one path.</summary>
internal sealed record HubEntry
{
    /// <summary>The version of every directory: they come and go with what is in them.</summary>
    public static TreeVersion DirectoryVersion { get; } = new(1);

    /// <summary>The Hub's path.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a directory; then nothing else is said.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>What is in the file, and how long it is.</summary>
    public ContentId Content { get; init; }

    /// <summary>How its version is called when it is downloaded; null for files of a bucket.</summary>
    public string? Tag { get; init; }

    /// <summary>Nanoseconds since the epoch, as its writer said; null if he did not.</summary>
    public long? Mtime { get; init; }

    /// <summary>Nanoseconds since the epoch; null if it is not told.</summary>
    public long? UploadedAt { get; init; }

    /// <summary>Changes with everything that the Hub tells of the file.</summary>
    public TreeVersion Version
    {
        get
        {
            if (IsDirectory)
            {
                return DirectoryVersion;
            }

            Span<byte> bytes = stackalloc byte[MerkleHash.Bytes + (3 * sizeof(long))];
            Content.Hash.Write(bytes);
            var numbers = bytes[MerkleHash.Bytes..];
            BinaryPrimitives.WriteUInt64LittleEndian(numbers, Content.Size);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], Mtime ?? long.MinValue);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], UploadedAt ?? long.MinValue);
            var version = XetHash.Chunk(bytes).A;
            return new TreeVersion(version <= DirectoryVersion.Value ? version + 2 : version);
        }
    }

    /// <summary>
    /// Reads an entry of a listing or look-up; null if it is of no kind that is known. Throws
    /// <see cref="JsonException"/>.
    /// </summary>
    public static HubEntry? Read(Answer answer)
    {
        var path = answer.Text("path");
        return answer.Text("type") switch
        {
            "directory" => new HubEntry { Path = path, IsDirectory = true },
            "file" => new HubEntry
            {
                Path = path,
                Content = ContentOf(answer),
                Tag = answer.Find("lfs")?.FindText("oid") ?? answer.FindText("oid"),
                Mtime = answer.FindTime("mtime"),
                UploadedAt = answer.FindTime("uploadedAt"),
            },
            _ => null,
        };
    }

    /// <summary>The entry as the tree gives it: what the Hub does not keep has its default.</summary>
    public TreeEntry ToTreeEntry() =>
        IsDirectory ? HubAttributes.OfDirectory() : HubAttributes.OfFile(Content, Mtime ?? UploadedAt ?? 0);

    private static ContentId ContentOf(Answer answer)
    {
        var lfs = answer.Find("lfs");
        var size = (lfs ?? answer).Number("size");
        if (size < 0)
        {
            throw new JsonException("a file of a negative length");
        }

        if (size == 0)
        {
            return ContentId.Empty;
        }

        return answer.FindText("xetHash") is not null
            ? new ContentId(answer.Hash("xetHash"), (ulong)size)
            : new ContentId(PlainHash.Of(answer.Text("oid")), (ulong)size);
    }
}
