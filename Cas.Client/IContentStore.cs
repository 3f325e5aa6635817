namespace Cas.Client;

/// <summary>Immutable content: its hash and its length in bytes. The default value is empty content.</summary>
public readonly record struct ContentId(MerkleHash Hash, ulong Size)
{
    /// <summary>Content of no bytes.</summary>
    public static ContentId Empty => default;
}

/// <summary>
/// One edit of old content: its bytes [<paramref name="Start"/>, <paramref name="End"/>) are replaced by
/// <paramref name="Length"/> bytes of the source, starting at <paramref name="SourceOffset"/>.
/// </summary>
public readonly record struct Edit(ulong Start, ulong End, ulong SourceOffset, ulong Length);

/// <summary>Bytes that do not change while they are read.</summary>
public interface IContentSource
{
    /// <summary>Length in bytes.</summary>
    ulong Length { get; }

    /// <summary>
    /// Fills <paramref name="destination"/> from <paramref name="offset"/>. Throws IOException if it cannot:
    /// fewer bytes than asked for is a failure. May be called from several threads at once.
    /// </summary>
    ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken);
}

/// <summary>
/// Content by hash. What a put or compose acknowledged is on the store's stable storage. Methods may be called from
/// several threads at once; failures are values.
/// </summary>
public interface IContentStore
{
    /// <summary>
    /// Fills <paramref name="destination"/> with the bytes of <paramref name="content"/> from
    /// <paramref name="offset"/>, verified against the hash. The value is the count, always the whole of
    /// <paramref name="destination"/>. Errors: NotFound, Invalid (past the end), Corrupt, and the transient ones.
    /// </summary>
    ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Stores the whole of <paramref name="source"/>. Errors: NoSpace and the transient ones.</summary>
    ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken);

    /// <summary>
    /// Stores <paramref name="basis"/> with <paramref name="edits"/> applied: sorted, not overlapping, inside the
    /// basis. Equal bytes get the hash that <see cref="PutAsync"/> would give them. Errors: NotFound (the basis),
    /// Invalid (the edits), NoSpace, Corrupt, and the transient ones.
    /// </summary>
    ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken);
}
