using System.Buffers;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Hashing;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Hub.Reading;

/// <summary>Records of consecutive chunks of a xorb, as they were fetched; in a pooled buffer.</summary>
internal sealed class RecordRun : IDisposable
{
    private readonly MerkleHash _xorb;
    private readonly uint _chunkStart;
    private readonly int[] _offsets;
    private readonly ChunkHeader[] _headers;
    private byte[] _rented;

    private RecordRun(MerkleHash xorb, uint chunkStart, int[] offsets, ChunkHeader[] headers, byte[] rented)
    {
        _xorb = xorb;
        _chunkStart = chunkStart;
        _offsets = offsets;
        _headers = headers;
        _rented = rented;
    }

    /// <summary>
    /// Takes the buffer over, whose first bytes are what <paramref name="range"/> names. Throws
    /// <see cref="HubFailure"/>, Corrupt, unless they are exactly its records.
    /// </summary>
    public static RecordRun Of(MerkleHash xorb, FetchRange range, byte[] rented)
    {
        var count = (int)(range.ChunkEnd - range.ChunkStart);
        var (offsets, headers) = (new int[count], new ChunkHeader[count]);
        var bytes = rented.AsSpan(0, range.Bytes);
        var offset = 0;
        for (var i = 0; i < count; i++)
        {
            var rest = bytes[offset..];
            var problem = rest.Length < ChunkHeader.Bytes ? "it ends early" : ChunkHeader.Read(rest, out headers[i]);
            if (problem is null && headers[i].RecordLength > rest.Length)
            {
                problem = "it ends inside a record";
            }

            if (problem is not null)
            {
                throw Damaged(xorb, range.ChunkStart + (uint)i, problem);
            }

            offsets[i] = offset + ChunkHeader.Bytes;
            offset += headers[i].RecordLength;
        }

        return offset == bytes.Length
            ? new RecordRun(xorb, range.ChunkStart, offsets, headers, rented)
            : throw Damaged(xorb, range.ChunkEnd, "more bytes than chunks");
    }

    /// <summary>Length of a chunk; its index is within the run.</summary>
    public int LengthOf(uint chunk) => _headers[chunk - _chunkStart].Length;

    /// <summary>
    /// Fills <paramref name="destination"/>, of the chunk's length, and hashes it. Throws <see cref="HubFailure"/>,
    /// Corrupt; also if <paramref name="expected"/> is known and is not what came out.
    /// </summary>
    public MerkleNode Unpack(uint chunk, MerkleHash? expected, Span<byte> destination)
    {
        var index = (int)(chunk - _chunkStart);
        var payload = _rented.AsSpan(_offsets[index], _headers[index].PayloadLength);
        if (ChunkCodec.Decode(_headers[index], payload, destination) is { } problem)
        {
            throw Damaged(_xorb, chunk, problem);
        }

        var hash = XetHash.Chunk(destination);
        return expected is null || expected == hash
            ? new MerkleNode(hash, (ulong)destination.Length)
            : throw Damaged(_xorb, chunk, "its bytes do not match its hash");
    }

    public void Dispose()
    {
        var rented = _rented;
        _rented = [];
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static HubFailure Damaged(MerkleHash xorb, uint chunk, string problem) =>
        new(FailureTable.Damaged, $"xorb {xorb} came damaged at chunk {chunk}: {problem}");
}
