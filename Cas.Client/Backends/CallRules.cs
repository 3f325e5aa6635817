using Cas.Client.Composition;

namespace Cas.Client.Backends;

/// <summary>What callers of every content store may ask. Each gives what is wrong, or null.</summary>
internal static class CallRules
{
    public static string? CheckRead(ContentId content, ulong offset, int count) =>
        IsPossible(content) && offset <= content.Size && (ulong)count <= content.Size - offset
            ? null
            : $"{count} bytes at {offset} of {content.Size} of {content.Hash}";

    public static string? CheckPut(IContentSource source) =>
        source.Length > EditList.ContentBytesMax ? $"content of {source.Length} bytes" : null;

    public static string? CheckCompose(ContentId basis, IReadOnlyList<Edit> edits, IContentSource source) =>
        IsPossible(basis)
            ? EditList.Check(edits, basis.Size, source.Length, out _)
            : $"the basis cannot be {basis.Size} bytes of {basis.Hash}";

    /// <summary>No bytes and the zero hash belong together, and files have a largest size.</summary>
    private static bool IsPossible(ContentId content) =>
        (content.Size == 0) == (content.Hash == MerkleHash.Zero) && content.Size <= EditList.ContentBytesMax;
}
