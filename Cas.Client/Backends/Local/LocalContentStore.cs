using Cas.Client.Composition;

namespace Cas.Client.Backends.Local;

/// <summary>
/// Content as whole files named by the SHA-256 of their bytes. A read of the whole is verified against the hash. A
/// range cannot be: there, and for the basis of a composition, only the size is. Verification of each range comes with
/// Xet's chunks.
/// </summary>
internal sealed class LocalContentStore(ObjectDirectory objects) : IContentStore, IDisposable
{
    private readonly OpenObjects _open = new(objects);
    private readonly ObjectWriter _writer = new(objects);

    public async ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!IsPossible(content) || offset > content.Size || (ulong)destination.Length > content.Size - offset)
        {
            return CasResult.Fail<int>(
                CasError.Invalid, $"{destination.Length} bytes at {offset} of {content.Size} of {content.Hash}");
        }

        if (destination.IsEmpty)
        {
            return 0;
        }

        try
        {
            using var lease = _open.Borrow(content);
            for (var done = 0; done < destination.Length;)
            {
                var count = await RandomAccess.ReadAsync(
                    lease.Handle, destination[done..], (long)offset + done, cancellationToken);
                done += count > 0 ? count : throw ObjectSource.ShortObject(content);
            }

            Verify(content, destination.Span);
            return destination.Length;
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            // A whole object may take the place of a damaged one, and a disk may come back under another number.
            _open.Forget(content);
            return IoErrorMap.Fail<int>(e);
        }
    }

    public async ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken)
    {
        if (source.Length > EditList.ContentBytesMax)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, $"content of {source.Length} bytes");
        }

        try
        {
            var given = new CallerSource(source);
            return await Task.Run(() => _writer.WriteAsync(given, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            return IoErrorMap.Fail<ContentId>(e);
        }
    }

    public async ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        var problem = IsPossible(basis)
            ? EditList.Check(edits, basis.Size, source.Length, out _)
            : $"the basis cannot be {basis.Size} bytes of {basis.Hash}";
        if (problem is not null)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        try
        {
            return await Task.Run(
                () => ComposeCheckedAsync(basis, edits, source, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            _open.Forget(basis);
            return IoErrorMap.Fail<ContentId>(e);
        }
    }

    public void Dispose() => _open.Dispose();

    /// <summary>
    /// The whole result is read once more: only that gives its hash. Sharing blocks of the basis (FICLONE) would spare
    /// the writing, but not that.
    /// </summary>
    private async Task<ContentId> ComposeCheckedAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        var given = new CallerSource(source);
        if (basis.Size == 0)
        {
            var nothing = new ComposedSource(EmptySource.Instance, edits, given);
            return await _writer.WriteAsync(nothing, cancellationToken);
        }

        using var lease = _open.Borrow(basis);
        var composed = new ComposedSource(new ObjectSource(basis, lease.Handle), edits, given);
        return await _writer.WriteAsync(composed, cancellationToken);
    }

    private static void Verify(ContentId content, ReadOnlySpan<byte> bytes)
    {
        if ((ulong)bytes.Length == content.Size && ObjectHash.Of(bytes) != content.Hash)
        {
            throw new CasException(CasError.Corrupt, $"the bytes of object {content.Hash} are not what was stored");
        }
    }

    /// <summary>No bytes and the zero hash belong together, and files have a largest size.</summary>
    private static bool IsPossible(ContentId content) =>
        (content.Size == 0) == (content.Hash == MerkleHash.Zero) && content.Size <= EditList.ContentBytesMax;
}
