using Cas.Client.Shards;

namespace Cas.Client.Composition;

/// <summary>A content that came out of edits.</summary>
/// <param name="Id">Hash and length.</param>
/// <param name="File">What a shard records of it.</param>
/// <param name="Map">All of its chunks; null if not all are known.</param>
internal sealed record EditedContent(ContentId Id, ShardFile File, ChunkMap? Map);
