using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cas.Client.Chunking;

/// <summary>
/// The gear hash: h = 2h + table[byte], so that it depends on the last 64 bytes alone. A byte ends a chunk where the
/// upper 16 bits of the hash are zero.
/// </summary>
internal static class GearScan
{
    /// <summary>Bytes that the hash remembers.</summary>
    public const int WindowBytes = 64;

    // The hash has zero upper bits if it is below this.
    private const ulong Limit = 1UL << 48;

    // Four lanes of this many bytes are scanned side by side: the steps of one lane wait for each other, those of
    // four do not. Long enough to make up for starting lanes, short enough that little is scanned behind a boundary.
    private const int LaneBytes = 512;

    /// <summary>Mixes bytes in without looking for a boundary.</summary>
    public static ulong Mix(ulong hash, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            hash = (hash << 1) + GearTable.Entries[value];
        }

        return hash;
    }

    /// <summary>
    /// Mixes bytes in up to the first one that ends a chunk. Gives the count of bytes with that one, or 0 if all were
    /// mixed in and none does.
    /// </summary>
    public static int FindEnd(ref ulong hash, ReadOnlySpan<byte> data)
    {
        var done = 0;
        for (; data.Length - done >= 4 * LaneBytes; done += 4 * LaneBytes)
        {
            var lanes = data.Slice(done, 4 * LaneBytes);
            if (!HasNoEnd(ref hash, lanes))
            {
                return done + FindEndInOrder(ref hash, lanes);
            }
        }

        var count = FindEndInOrder(ref hash, data[done..]);
        return count == 0 ? 0 : done + count;
    }

    private static int FindEndInOrder(ref ulong hash, ReadOnlySpan<byte> data)
    {
        ref var table = ref MemoryMarshal.GetReference(GearTable.Entries);
        var h = hash;
        for (var i = 0; i < data.Length; i++)
        {
            h = (h << 1) + Unsafe.Add(ref table, data[i]);
            if (h < Limit)
            {
                hash = h;
                return i + 1;
            }
        }

        hash = h;
        return 0;
    }

    // Scans four lanes; changes the hash only if no byte of them ends a chunk.
    private static bool HasNoEnd(ref ulong hash, ReadOnlySpan<byte> lanes)
    {
        ref var table = ref MemoryMarshal.GetReference(GearTable.Entries);
        ref var data = ref MemoryMarshal.GetReference(lanes);
        ref var end = ref Unsafe.Add(ref data, LaneBytes);
        var h0 = hash;
        var h1 = Mix(0, lanes.Slice(LaneBytes - WindowBytes, WindowBytes));
        var h2 = Mix(0, lanes.Slice((2 * LaneBytes) - WindowBytes, WindowBytes));
        var h3 = Mix(0, lanes.Slice((3 * LaneBytes) - WindowBytes, WindowBytes));
        do
        {
            h0 = (h0 << 1) + Unsafe.Add(ref table, data);
            h1 = (h1 << 1) + Unsafe.Add(ref table, Unsafe.Add(ref data, LaneBytes));
            h2 = (h2 << 1) + Unsafe.Add(ref table, Unsafe.Add(ref data, 2 * LaneBytes));
            h3 = (h3 << 1) + Unsafe.Add(ref table, Unsafe.Add(ref data, 3 * LaneBytes));
            if (h0 < Limit || h1 < Limit || h2 < Limit || h3 < Limit)
            {
                return false;
            }

            data = ref Unsafe.Add(ref data, 1);
        }
        while (Unsafe.IsAddressLessThan(ref data, ref end));

        hash = h3;
        return true;
    }
}
