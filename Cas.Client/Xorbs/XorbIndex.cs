using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Hashing;

namespace Cas.Client.Xorbs;

/// <summary>
/// What is known about the chunks of a xorb. Hashes and lengths agree with the xorb's hash: whoever has an index can
/// trust any chunk that matches it. Immutable.
/// </summary>
internal sealed class XorbIndex
{
    private readonly MerkleHash[] _hashes;

    private XorbIndex(MerkleHash xorb, XorbLayout layout, MerkleHash[] hashes)
    {
        Xorb = xorb;
        Layout = layout;
        _hashes = hashes;
    }

    /// <summary>The name of the xorb.</summary>
    public MerkleHash Xorb { get; }

    /// <summary>Where the records lie.</summary>
    public XorbLayout Layout { get; }

    /// <summary>Number of chunks.</summary>
    public int Count => _hashes.Length;

    /// <summary>The chunk hashes in order.</summary>
    public ReadOnlySpan<MerkleHash> Hashes => _hashes;

    /// <summary>
    /// The index of a xorb: out of its footer, or by unpacking all of it if it has none. Throws
    /// <see cref="XorbDamageException"/> and what reading throws.
    /// </summary>
    public static XorbIndex Read(IRandomBytes bytes, MerkleHash xorb)
    {
        try
        {
            if (XorbFooter.TryRead(bytes, xorb) is { } index)
            {
                return index;
            }
        }
        catch (XorbDamageException)
        {
            // The end of a chunk can look like a footer. Records that fill the bytes exactly prove that there is none.
            if (!RecordsFill(bytes, xorb))
            {
                throw;
            }
        }

        var layout = XorbLayout.Walk(bytes, xorb);
        return layout.RecordBytes == bytes.Length
            ? Scan(bytes, xorb, layout)
            : throw new XorbDamageException(xorb, null, layout.RecordBytes, "the footer's length is wrong");
    }

    /// <summary>The index of chunks that were just made: their hashes name the xorb.</summary>
    public static XorbIndex Of(XorbLayout layout, MerkleHash[] hashes) =>
        new(Aggregate(layout, hashes), layout, hashes);

    /// <summary>
    /// From hashes that another source names, such as a shard. Throws <see cref="XorbDamageException"/> if the xorb's
    /// hash does not follow from them.
    /// </summary>
    public static XorbIndex Of(MerkleHash xorb, XorbLayout layout, MerkleHash[] hashes)
    {
        if (hashes.Length != layout.Count)
        {
            throw new XorbDamageException(
                xorb, null, 0, $"it has {layout.Count} chunks, and {hashes.Length} hashes are known");
        }

        return Aggregate(layout, hashes) == xorb
            ? new XorbIndex(xorb, layout, hashes)
            : throw new XorbDamageException(xorb, null, 0, "its chunk hashes and lengths do not give its hash");
    }

    /// <summary>Unpacks every record. Throws <see cref="XorbDamageException"/> if the chunks do not give the hash.</summary>
    private static XorbIndex Scan(IRandomBytes bytes, MerkleHash xorb, XorbLayout layout)
    {
        var hashes = new MerkleHash[layout.Count];
        var chunk = ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            for (var i = 0; i < hashes.Length; i++)
            {
                hashes[i] = XetHash.Chunk(XorbRecord.Unpack(bytes, xorb, layout, i, chunk));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return Of(xorb, layout, hashes);
    }

    private static bool RecordsFill(IRandomBytes bytes, MerkleHash xorb)
    {
        try
        {
            return XorbLayout.Walk(bytes, xorb).RecordBytes == bytes.Length;
        }
        catch (XorbDamageException)
        {
            return false;
        }
    }

    private static MerkleHash Aggregate(XorbLayout layout, MerkleHash[] hashes)
    {
        var rented = ArrayPool<MerkleNode>.Shared.Rent(hashes.Length);
        try
        {
            for (var i = 0; i < hashes.Length; i++)
            {
                rented[i] = new MerkleNode(hashes[i], (ulong)layout.ChunkLength(i));
            }

            return MerkleRoot.Of(rented.AsSpan(0, hashes.Length));
        }
        finally
        {
            ArrayPool<MerkleNode>.Shared.Return(rented);
        }
    }
}
