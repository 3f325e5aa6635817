using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>One change of a stream that knows its fragments: of their marks, their cuts, or of the call in one.</summary>
internal static class StreamMutation
{
    private const uint LastFragment = 0x8000_0000;

    private static readonly uint[] s_lengths =
        [0, 1, 3, 4, 5, 40, 0x7FFF_FFFF, 1 << 20, (1 << 20) + 4096, (1 << 20) + 4097, 0x8000, 0x1_0000, 0x4000_0000];

    /// <summary>A changed copy, or the stream itself changed in place.</summary>
    public static byte[] Apply(byte[] stream, IReadOnlyList<byte[]> samples, SplitMix64 random)
    {
        var framed = FramedStream.Of(stream);
        var fragments = framed.Fragments;
        if (fragments.Count == 0 || random.Below(12) == 0)
        {
            return ByteMutation.Apply(stream, samples, random);
        }

        var at = random.Below(fragments.Count);
        var (mark, bytes) = fragments[at];
        switch (random.Below(12))
        {
            case 0:
                fragments[at] = ((mark & LastFragment) | s_lengths[random.Below(s_lengths.Length)], bytes);
                break;
            case 1:
                fragments[at] = (mark ^ LastFragment, bytes);
                break;
            case 2:
                var empty = ((uint)random.Below(2) * LastFragment, Array.Empty<byte>());
                fragments.InsertRange(at, Enumerable.Repeat(empty, 1 + random.Below(80)));
                break;
            case 3:
                fragments.RemoveAt(at);
                break;
            case 4:
                fragments.Insert(at, fragments[at]);
                break;
            case < 8:
                Cut(fragments, at, random);
                break;
            default:
                var changed = CallMutation.Apply(bytes, CallCorpus.Calls, random);
                fragments[at] = ((mark & LastFragment) | (uint)changed.Length, changed);
                break;
        }

        return framed.Join();
    }

    private static void Cut(List<(uint Mark, byte[] Bytes)> fragments, int at, SplitMix64 random)
    {
        var (mark, bytes) = fragments[at];
        var cut = random.Below(bytes.Length + 1);
        fragments[at] = ((mark & LastFragment) | (uint)(bytes.Length - cut), bytes[cut..]);
        fragments.Insert(at, ((uint)cut, bytes[..cut]));
    }
}
