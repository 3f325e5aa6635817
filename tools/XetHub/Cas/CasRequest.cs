using Cas.Client;
using Cas.Client.Reconstruction;
using Microsoft.AspNetCore.Http;
using XetHub.Content;
using XetHub.Http;

namespace XetHub.Cas;

/// <summary>What requests of the content half have in common.</summary>
internal static class CasRequest
{
    /// <summary>The hash in the path.</summary>
    public static MerkleHash Hash(this HttpContext context) => HashOf(context.Route("hash"));

    /// <summary>Reads a hash as the protocol writes it.</summary>
    public static MerkleHash HashOf(string text) => MerkleHash.TryParse(text, out var hash)
        ? hash
        : throw RefusedException.Bad("a hash has 64 hex digits");

    public static FileRecipe RequireFile(this ContentFiles content, MerkleHash file) =>
        content.FindFile(file) ?? throw RefusedException.NoContent($"the file {file} is not known");
}
