using System.Security.Cryptography;

namespace Vfs.Core.Sync;

/// <summary>
/// Numbers that say in the store's tree which names are one file. Inode numbers will not do: another state over the
/// same store, after this one was lost, counts from 1 again, and two files with one number become one at the next
/// start. The key is drawn once a state, and each key maps all inodes to different numbers.
/// </summary>
internal readonly record struct LinkNumbers(ulong Key)
{
    /// <summary>A key for a new state; never 0, which stands for "none yet".</summary>
    public static LinkNumbers Draw() =>
        new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1);

    /// <summary>The number of a file with several names; never 0.</summary>
    public ulong Of(InodeId inode)
    {
        // Each step can be undone, so that different inodes stay different.
        var mixed = inode.Value ^ Key;
        mixed = (mixed ^ (mixed >> 31)) * 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 29)) * 0xD6E8_FEB8_6659_FD93;
        mixed ^= mixed >> 32;
        return mixed == 0 ? Key : mixed;
    }
}
