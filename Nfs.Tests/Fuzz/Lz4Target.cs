using System.Buffers.Binary;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>Reads an input as the length of a chunk and the LZ4 frame that it comes out of.</summary>
internal static class Lz4Target
{
    private static readonly byte[] s_room = new byte[XorbLimits.ChunkBytesMax];

    /// <summary>Frames of one block and of many, linked ones, with and without checksums and content length.</summary>
    public static IReadOnlyList<byte[]> Samples { get; } = [.. MakeSamples()];

    /// <summary>A loop over the frame reader.</summary>
    public static FuzzLoop Loop(ulong seed) => new(Samples, Read, e => e is InvalidDataException, seed);

    private static void Read(byte[] input)
    {
        if (input.Length < sizeof(int))
        {
            throw new InvalidDataException("no length");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(input) % (XorbLimits.ChunkBytesMax + 1);
        if (Lz4Frame.Decompress(input.AsSpan(sizeof(int)), s_room.AsSpan(0, (int)length)) is { } problem)
        {
            throw new InvalidDataException(problem);
        }
    }

    private static IEnumerable<byte[]> MakeSamples()
    {
        var random = new SplitMix64(3);
        var state = new byte[Lz4Library.Instance.StateBytes];
        foreach (var length in new[] { 1, 60, 5_000, 70_000 })
        {
            byte[] chunk = [.. Enumerable.Range(0, length + 200).Select(i => (byte)(i % 97 < 60 ? 32 : random.Next()))];
            var frame = new byte[chunk.Length];
            yield return WithLength(chunk.Length, frame[..Lz4Frame.Compress(chunk, frame, state)]);
        }

        // Two stored blocks; then a stored block and a linked one that repeats it.
        byte[] stored =
        [
            4, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 3, 0, 0, 0x80, 1, 2, 3, 2, 0, 0, 0x80, 4, 5, 0, 0, 0, 0,
        ];
        yield return WithLength(5, stored);
        byte[] linked =
        [
            4, 0x22, 0x4D, 0x18, 0x40, 0x40, 0xC0, 4, 0, 0, 0x80, 1, 2, 3, 4,
            10, 0, 0, 0, 0x0F, 4, 0, 0, 0x50, 5, 6, 7, 8, 9, 0, 0, 0, 0,
        ];
        yield return WithLength(28, linked);
    }

    private static byte[] WithLength(int length, byte[] frame)
    {
        var input = new byte[sizeof(int) + frame.Length];
        BinaryPrimitives.WriteInt32LittleEndian(input, length);
        frame.CopyTo(input, sizeof(int));
        return input;
    }
}
