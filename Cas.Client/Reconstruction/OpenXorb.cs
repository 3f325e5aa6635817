using Cas.Client.Formats;
using Cas.Client.Xorbs;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Reconstruction;

/// <summary>A xorb that is open for reading: its index, and the very bytes that the index belongs to.</summary>
internal sealed class OpenXorb : IDisposable
{
    private readonly SafeFileHandle _file;

    private OpenXorb(SafeFileHandle file, IRandomBytes bytes, XorbIndex index)
    {
        _file = file;
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
            var bytes = tap is null ? new FileBytes(file) : tap(new FileBytes(file));
            return new OpenXorb(file, bytes, XorbIndex.Read(bytes, xorb));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a chunk is there, bytes and all. Throws as reading it does.</summary>
    public bool Holds(uint chunkIndex, MerkleHash hash, ReadOnlySpan<byte> chunk, Span<byte> scratch) =>
        chunkIndex < Index.Count &&
        Index.Hashes[(int)chunkIndex] == hash &&
        Index.Layout.ChunkLength((int)chunkIndex) == chunk.Length &&
        XorbRecord.Unpack(Bytes, Index.Xorb, Index.Layout, (int)chunkIndex, scratch).SequenceEqual(chunk);

    public void Dispose() => _file.Dispose();
}

/// <summary>What is asked of xorbs that are kept open.</summary>
internal static class OpenXorbs
{
    /// <summary>The index of a xorb. Throws what opening it throws.</summary>
    public static XorbIndex IndexOf(this LeaseCache<OpenXorb> xorbs, MerkleHash xorb)
    {
        using var lease = xorbs.Borrow(xorb);
        return lease.Value.Index;
    }
}
