using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Cas.Client.Hashing;

/// <summary>The hashes that the format is made of.</summary>
internal static class XetHash
{
    // A node's text has a line per child: 64 digits, " : ", the length (20 digits at most), a line feed.
    private const int LineBytesMax = MerkleHash.TextLength + 3 + 20 + 1;

    private static ReadOnlySpan<byte> Separator => " : "u8;

    /// <summary>Of a chunk's bytes.</summary>
    public static MerkleHash Chunk(ReadOnlySpan<byte> bytes) => Blake3.Hash(XetKeys.Data, bytes);

    /// <summary>Of a file, made of the root of the tree over its chunks; that of an empty file is zero.</summary>
    public static MerkleHash File(MerkleHash root) => root == MerkleHash.Zero ? root : Hmac(root, XetKeys.File);

    /// <summary>Of a file that is salted with another key than the usual one.</summary>
    public static MerkleHash File(MerkleHash root, MerkleHash salt) =>
        root == MerkleHash.Zero ? root : Hmac(root, salt);

    /// <summary>Of a hash, keyed by another one: what protected shards hold instead of chunk hashes.</summary>
    public static MerkleHash Hmac(MerkleHash hash, MerkleHash key)
    {
        Span<byte> bytes = stackalloc byte[MerkleHash.Bytes];
        key.Write(bytes);
        return Hmac(hash, Blake3Key.From(bytes));
    }

    /// <summary>Of a run of chunks: the proof of a term that its writer knows their hashes.</summary>
    public static MerkleHash Range(ReadOnlySpan<MerkleNode> chunks)
    {
        var hasher = new RangeHasher();
        foreach (var chunk in chunks)
        {
            hasher.Append(chunk.Hash);
        }

        return hasher.Finish();
    }

    /// <summary>The parent of 1 to <see cref="MerkleGroup.CountMax"/> nodes.</summary>
    [SkipLocalsInit]
    public static MerkleNode Parent(ReadOnlySpan<MerkleNode> children)
    {
        Span<byte> text = stackalloc byte[MerkleGroup.CountMax * LineBytesMax];
        var (count, length) = (0, 0UL);
        foreach (var child in children)
        {
            count += WriteLine(child, text[count..]);
            length = checked(length + child.Length);
        }

        return new MerkleNode(Blake3.Hash(XetKeys.Node, text[..count]), length);
    }

    private static MerkleHash Hmac(MerkleHash hash, in Blake3Key key)
    {
        Span<byte> bytes = stackalloc byte[MerkleHash.Bytes];
        hash.Write(bytes);
        return Blake3.Hash(key, bytes);
    }

    private static int WriteLine(MerkleNode node, Span<byte> text)
    {
        node.Hash.TryFormat(text);
        Separator.CopyTo(text[MerkleHash.TextLength..]);
        var start = MerkleHash.TextLength + Separator.Length;
        Utf8Formatter.TryFormat(node.Length, text[start..], out var digits);
        text[start + digits] = (byte)'\n';
        return start + digits + 1;
    }
}
