using System.CommandLine;
using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary>The argument that names stored content, and the part of a store that knows it by its hash alone.</summary>
internal static class StoredContent
{
    public static Argument<string> Argument() => new("HASH") { Description = "A content hash, 64 hex digits." };

    /// <summary>The hash that was given. Throws <see cref="UsageException"/>.</summary>
    public static MerkleHash HashOf(ParseResult result, Argument<string> argument)
    {
        var text = result.GetValue(argument)!;
        return MerkleHash.TryParse(text, out var hash)
            ? hash
            : throw new UsageException($"HASH takes 64 hex digits, not '{PlainText.Escape(text)}'.");
    }

    /// <summary>Throws <see cref="UsageException"/> if the store has no such part.</summary>
    public static IContentInspector InspectorOf(IStore store) =>
        store.Content as IContentInspector ?? throw new UsageException("This kind of store cannot be looked into.");
}
