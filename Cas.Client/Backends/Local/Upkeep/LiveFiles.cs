using System.Numerics;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Files that somebody needs, as a Bloom filter: in fixed memory for any number, and now and then it takes one for
/// needed that is not. Never the other way round.
/// </summary>
internal sealed class LiveFiles
{
    // One needless file in 400 at the fewest bits a file; the least and the most memory are 8 MiB and 256 MiB.
    private const long BitsPerFile = 16;
    private const long BitsMin = 1L << 26;
    private const long BitsMax = 1L << 31;

    private readonly ulong[] _bits;
    private readonly ulong _mask;

    /// <summary>For about so many files.</summary>
    public LiveFiles(long count)
    {
        var wanted = (ulong)Math.Clamp(count, BitsMin / BitsPerFile, BitsMax / BitsPerFile) * BitsPerFile;
        var bits = BitOperations.RoundUpToPowerOf2(wanted);
        _bits = new ulong[bits / 64];
        _mask = bits - 1;
    }

    public void Add(MerkleHash file)
    {
        // The words of a hash are four independent random numbers already.
        Set(file.A);
        Set(file.B);
        Set(file.C);
        Set(file.D);
    }

    public bool MayHave(MerkleHash file) => IsSet(file.A) && IsSet(file.B) && IsSet(file.C) && IsSet(file.D);

    private void Set(ulong word) => _bits[(word & _mask) / 64] |= 1UL << (int)(word % 64);

    private bool IsSet(ulong word) => (_bits[(word & _mask) / 64] & (1UL << (int)(word % 64))) != 0;
}
