using System.Text;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>Changes one field: numbers at the edges, names that mean something, lengths that lie.</summary>
internal static class FieldMutation
{
    private static readonly uint[] s_numbers =
    [
        0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 399, 400, 401, 1023, 1024, 1025, 4096, 65_535,
        65_536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 100_003, 100_005, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFD,
        0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    private static readonly ulong[] s_longs =
    [
        0, 1, 2, 3, 4095, 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, (1UL << 53) - 1, 1UL << 53,
        (1UL << 53) + 1, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - (1 << 20), ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly byte[][] s_names =
    [
        [], [.. "."u8], [.. ".."u8], [.. "/"u8], [.. "../x"u8], [.. "a/b"u8], [.. "a\0b"u8], [0xFF, 0xFE],
        [.. "e\u0301"u8], Encoding.UTF8.GetBytes(new string('n', 255)), Encoding.UTF8.GetBytes(new string('n', 256)),
        Encoding.UTF8.GetBytes(new string('p', 1024)), Encoding.UTF8.GetBytes(new string('p', 1025)),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("/..", 400))),
    ];

    public static XdrField Apply(XdrField field, SplitMix64 random) => field.Kind switch
    {
        XdrKind.Number => field with { Bytes = Number(s_numbers[random.Below(s_numbers.Length)]) },
        XdrKind.Choice => field with { Bytes = Number((uint)random.Below(9)) },
        XdrKind.Long => field with { Bytes = new XdrBytes().U64(s_longs[random.Below(s_longs.Length)]) },
        XdrKind.Credential => Credential(field, random),
        XdrKind.Rest => field with { Bytes = random.Bytes(random.Below(64)) },
        _ => Opaque(field, random),
    };

    private static byte[] Number(uint value) => new XdrBytes().U32(value);

    private static XdrField Opaque(XdrField field, SplitMix64 random)
    {
        var content = field.Bytes.AsSpan(Math.Min(sizeof(uint), field.Bytes.Length));
        switch (random.Below(6))
        {
            case 0:
                return field with { Bytes = new XdrBytes().U32(s_numbers[random.Below(s_numbers.Length)]).Raw(content) };
            case 1:
                return field with { Bytes = new XdrBytes().Opaque(s_names[random.Below(s_names.Length)]) };
            case 2:
                return field with { Bytes = new XdrBytes().Opaque(random.Bytes(random.Below(80)), padding: 0xEE) };
            case 3:
                return field with { Bytes = field.Bytes[..^random.Below(4)] };
            case 4:
                var flipped = field.Bytes.ToArray();
                flipped[random.Below(flipped.Length)] ^= (byte)(1 << random.Below(8));
                return field with { Bytes = flipped };
            default:
                return field with { Bytes = new XdrBytes().Opaque(new byte[s_numbers[random.Below(24)]]) };
        }
    }

    /// <summary>Changes a field inside a credential and makes its length right again, or its length alone.</summary>
    private static XdrField Credential(XdrField field, SplitMix64 random)
    {
        if (random.Below(3) == 0)
        {
            return Opaque(field, random);
        }

        var reader = new FieldReader(field.Bytes[sizeof(uint)..]);
        CallGrammar.ReadAuthSys(reader);
        reader.Finish();
        if (reader.Fields.Count == 0)
        {
            return Opaque(field, random);
        }

        var at = random.Below(reader.Fields.Count);
        reader.Fields[at] = Apply(reader.Fields[at], random);
        return field with { Bytes = new XdrBytes().Opaque(XdrField.Join(reader.Fields)) };
    }
}
