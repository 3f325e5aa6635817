using System.Collections.Concurrent;
using System.Security.Cryptography;
using Cas.Client;
using Cas.Client.Composition;

namespace Nfs.Tests.Fixtures;

/// <summary>Content in a dictionary, named by SHA-256.</summary>
internal sealed class InMemoryContentStore : IContentStore
{
    private readonly ConcurrentDictionary<MerkleHash, byte[]> _objects = new();

    public byte[]? Find(ContentId content) =>
        content.Size == 0 && content.Hash == MerkleHash.Zero ? [] : _objects.GetValueOrDefault(content.Hash);

    public void Lose(ContentId content) => _objects.TryRemove(content.Hash, out _);

    public ValueTask<CasResult<int>> ReadAsync(
        ContentId content, ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isPossible = (content.Size == 0) == (content.Hash == MerkleHash.Zero);
        if (!isPossible || offset > content.Size || (ulong)destination.Length > content.Size - offset)
        {
            return new(CasResult.Fail<int>(CasError.Invalid, "past the end"));
        }

        if (destination.IsEmpty)
        {
            return new((CasResult<int>)0);
        }

        if (Find(content) is not { } bytes)
        {
            return new(CasResult.Fail<int>(CasError.NotFound, $"no object {content.Hash}"));
        }

        if ((ulong)bytes.Length != content.Size)
        {
            return new(CasResult.Fail<int>(CasError.Corrupt, $"{content.Hash} is {bytes.Length} bytes"));
        }

        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return new((CasResult<int>)destination.Length);
    }

    public async ValueTask<CasResult<ContentId>> PutAsync(IContentSource source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = new byte[source.Length];
        try
        {
            await source.ReadAsync(0, bytes, cancellationToken);
        }
        catch (IOException e)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, e.Message);
        }

        if (bytes.Length == 0)
        {
            return ContentId.Empty;
        }

        var content = new ContentId(MerkleHash.Read(SHA256.HashData(bytes)), source.Length);
        _objects[content.Hash] = bytes;
        return content;
    }

    public async ValueTask<CasResult<ContentId>> ComposeAsync(
        ContentId basis, IReadOnlyList<Edit> edits, IContentSource source, CancellationToken cancellationToken)
    {
        if (EditList.Check(edits, basis.Size, source.Length, out _) is { } problem)
        {
            return CasResult.Fail<ContentId>(CasError.Invalid, problem);
        }

        var old = new byte[basis.Size];
        var read = await ReadAsync(basis, 0, old, cancellationToken);
        return read.IsOk
            ? await PutAsync(new ComposedSource(new MemorySource(old), edits, source), cancellationToken)
            : CasResult.Fail<ContentId>(read.Error, read.Detail!);
    }
}
