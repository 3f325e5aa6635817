using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Snapshots;

/// <summary>
/// The bytes that a staging file had in some ranges at one moment, while it goes on changing. How they are kept depends
/// on what the disk can do; disposing leaves no trace of it there.
/// </summary>
internal interface IFrozenBytes : IDisposable
{
    /// <summary>
    /// To be called under the content's lock before the staging file changes in a range. IOException if the disk
    /// refuses: then the change must not be made.
    /// </summary>
    void SaveLocked(ByteRange range);

    /// <summary>
    /// Fills <paramref name="into"/> with what a range inside the frozen ones had, without the caller holding the content's
    /// lock. IOException if it cannot be read.
    /// </summary>
    void Read(ulong offset, Span<byte> into);
}
