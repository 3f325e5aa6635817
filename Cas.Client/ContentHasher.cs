using Cas.Client.Hashing;
using Cas.Client.Transfer;

namespace Cas.Client;

/// <summary>A chunk of content.</summary>
public readonly record struct ContentChunk(ulong Offset, ulong Length, MerkleHash Hash);

/// <summary>Content with the chunks that it is cut into.</summary>
public sealed record HashedContent(ContentId Content, IReadOnlyList<ContentChunk> Chunks);

/// <summary>Names content without storing it.</summary>
public static class ContentHasher
{
    private const int BlockBytes = 1 << 20;

    /// <summary>The name that every store gives to the bytes of a source. Throws what reading throws.</summary>
    public static async Task<HashedContent> HashAsync(IContentSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var chunks = new List<ContentChunk>();
        var merkle = new MerkleBuilder();
        var blocks = new BlockReader(source, BlockBytes);
        while (await blocks.NextAsync(cancellationToken) is { } block)
        {
            block.Hash();
            foreach (var chunk in block.Chunks)
            {
                chunks.Add(new ContentChunk(merkle.Length, chunk.Length, chunk.Hash));
                merkle.Append(chunk);
            }

            block.Return();
        }

        return new HashedContent(new ContentId(XetHash.File(merkle.Finish()), source.Length), chunks);
    }
}
