using System.Buffers;

namespace Vfs.Core;

/// <summary>
/// Bytes of a file that a READ found, which may still lie where the system caches the file. What they are does not
/// change any more. <see cref="IMemoryOwner{T}.Memory"/> can be pinned for one system call that does not wait: it takes
/// the bytes from where they are, and fails with EFAULT if the disk cannot give them. Reading the memory's span copies
/// all of them first. Pins are given back by the thread that took them.
/// </summary>
public interface IFileBytes : IMemoryOwner<byte>
{
    /// <summary>
    /// Completes when taking the bytes does not wait for the disk, or cannot succeed any more. They may leave memory
    /// again later, so ask right before taking them.
    /// </summary>
    ValueTask ReadyAsync();

    /// <summary>Copies the bytes from <paramref name="start"/> on.</summary>
    /// <exception cref="IOException">The disk cannot give them.</exception>
    void CopyTo(int start, Span<byte> into);
}
