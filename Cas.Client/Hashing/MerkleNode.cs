namespace Cas.Client.Hashing;

/// <summary>A node of a merkle tree: a chunk, or what was made of several nodes.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Length">Bytes of content below it, uncompressed.</param>
internal readonly record struct MerkleNode(MerkleHash Hash, ulong Length);
