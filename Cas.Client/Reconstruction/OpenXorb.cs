using Cas.Client.Formats;
using Cas.Client.Xorbs;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Reconstruction;

/// <summary>A xorb that is open for reading: its index, and the very bytes that the index belongs to.</summary>
internal sealed class OpenXorb : IDisposable
{
    private readonly IDisposable _owned;

    private OpenXorb(IDisposable owned, IRandomBytes bytes, XorbIndex index)
    {
        _owned = owned;
        Bytes = bytes;
        Index = index;
    }

    /// <summary>The stored bytes.</summary>
    public IRandomBytes Bytes { get; }

    /// <summary>What it holds and where.</summary>
    public XorbIndex Index { get; }

    /// <summary>
    /// Takes the file over; whoever wants to see what is read puts <paramref name="tap"/> before it. Throws
    /// <see cref="XorbDamageException"/> and what reading throws.
    /// </summary>
    public static OpenXorb Open(SafeFileHandle file, MerkleHash xorb, Func<IRandomBytes, IRandomBytes>? tap = null)
    {
        try
        {
            IRandomBytes bytes = new FileBytes(file);
            return Open(tap is null ? bytes : tap(bytes), file, xorb);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Bytes from anywhere; <paramref name="owned"/> is disposed with the xorb, and not if this throws.
    /// </summary>
    public static OpenXorb Open(IRandomBytes bytes, IDisposable owned, MerkleHash xorb) =>
        new(owned, bytes, XorbIndex.Read(bytes, xorb));

    /// <summary>Whether a chunk is there, bytes and all. Throws as reading it does.</summary>
    public bool Holds(uint chunkIndex, MerkleHash hash, ReadOnlySpan<byte> chunk, Span<byte> scratch) =>
        chunkIndex < Index.Count &&
        Index.Hashes[(int)chunkIndex] == hash &&
        Index.Layout.ChunkLength((int)chunkIndex) == chunk.Length &&
        XorbRecord.Unpack(Bytes, Index.Xorb, Index.Layout, (int)chunkIndex, scratch).SequenceEqual(chunk);

    public void Dispose() => _owned.Dispose();
}

/// <summary>What is asked of xorbs that are kept open.</summary>
internal static class OpenXorbs
{
    /// <summary>The index of a xorb. Throws what opening it throws.</summary>
    public static XorbIndex IndexOf(this LeaseCache<MerkleHash, OpenXorb> xorbs, MerkleHash xorb)
    {
        using var lease = xorbs.Borrow(xorb);
        return lease.Value.Index;
    }
}
