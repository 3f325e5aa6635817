using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Nfs.Tests.Fixtures;

/// <summary>Makes the inputs that golden files describe by a generator instead of holding them.</summary>
internal static class GoldenInput
{
    // Bytes whose entry of the gear table has zero upper bits: some chunkers cut too early on them.
    private static readonly HashSet<byte> s_unsafe =
        [.. Bytes(GoldenFile.Json("gear-table.json").GetProperty("entriesWithZeroTop16Bits"))];

    /// <summary>The bytes of a generator.</summary>
    public static byte[] Make(JsonElement generator)
    {
        var length = generator.TryGetProperty("length", out var given) ? given.GetInt32() : 0;
        var seed = generator.TryGetProperty("seed", out given) ? given.GetUInt64() : 0;
        return generator.GetProperty("kind").GetString() switch
        {
            "bytes" => [.. Bytes(generator.GetProperty("bytes"))],
            "const" => Fill(length, _ => generator.GetProperty("value").GetByte()),
            "counter" => Fill(length, i => (byte)i),
            "splitmix64" => new SplitMix64(seed).Bytes(length),
            "splitmix64-safe" => [.. new SplitMix64(seed).Bytes(length).Select(Safe)],
            "repeat" => Repeat(Make(generator.GetProperty("of")), length),
            "concat" => [.. generator.GetProperty("parts").EnumerateArray().SelectMany(Make)],
            "bf16" => Floats(seed, length, 2, 16, 7),
            "f32" => Floats(seed, length, 4, 32, 23),
            "text" => Text(seed, length),
            var kind => throw new InvalidDataException($"no generator '{kind}'"),
        };
    }

    private static IEnumerable<byte> Bytes(JsonElement list) => list.EnumerateArray().Select(e => e.GetByte());

    private static byte Safe(byte value) => s_unsafe.Contains(value) ? (byte)(value ^ 0x80) : value;

    private static byte[] Fill(int length, Func<int, byte> value) => [.. Enumerable.Range(0, length).Select(value)];

    private static byte[] Repeat(byte[] of, int length) => Fill(length, i => of[i % of.Length]);

    private static byte[] Floats(ulong seed, int length, int size, int bits, int fraction)
    {
        var random = new SplitMix64(seed);
        var bytes = new byte[length + 8];
        for (var offset = 0; offset < length; offset += size)
        {
            var r = random.Next();
            var exponent = 126UL - Math.Min(8UL, (ulong)BitOperations.TrailingZeroCount(r));
            var value = ((r >> 63) << (bits - 1)) | (exponent << fraction) | ((r >> 16) & ((1UL << fraction) - 1));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
        }

        return bytes[..length];
    }

    private static byte[] Text(ulong seed, int length)
    {
        var random = new SplitMix64(seed);
        var text = new StringBuilder();
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}: the quick brown fox {random.Next() % 1000} jumps\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
