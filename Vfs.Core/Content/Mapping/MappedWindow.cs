using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content.Mapping;

/// <summary>
/// A mapped part of a staging file, read-only. Counted: it is unmapped when its table has let go of it and the last pin
/// is gone. It may reach past the end of the file.
/// <para>Managed code never loads from it: a page that the disk cannot give is SIGBUS there, and EFAULT in a system
/// call.</para>
/// </summary>
internal sealed partial class MappedWindow : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int PROT_READ = 1;
    private const int MAP_SHARED = 1;
    private const int MAP_PRIVATE = 2;

    private readonly ulong _start;
    private readonly ulong _length;

    private MappedWindow(nint address, ulong start, ulong length)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        _start = start;
        _length = length;
    }

    /// <summary>Maps a part of a file that starts at a page; null if that is refused, with the error.</summary>
    public static MappedWindow? TryMap(SafeFileHandle file, ByteRange part, MappingMode mode, out int errno)
    {
        var flags = mode == MappingMode.Shared ? MAP_SHARED : MAP_PRIVATE;
        var address = Map(0, (nuint)part.Length, PROT_READ, flags, file, (long)part.Start);
        errno = address == -1 ? Marshal.GetLastPInvokeError() : 0;
        return address == -1 ? null : new MappedWindow(address, part.Start, part.Length);
    }

    /// <summary>Keeps it mapped until <see cref="Unpin"/>; while its table has it, or it is pinned.</summary>
    public void Pin()
    {
        var isPinned = false;
        DangerousAddRef(ref isPinned);
    }

    public void Unpin() => DangerousRelease();

    /// <summary>Where a range of the file is, while pinned. The range lies inside.</summary>
    public nint AddressOf(ByteRange range)
    {
        if (range.Start < _start || range.End > _start + _length)
        {
            throw new ArgumentOutOfRangeException(nameof(range));
        }

        return handle + (nint)(range.Start - _start);
    }

    /// <summary>Whether all pages that a range covers are in memory, at this moment; while pinned.</summary>
    public bool IsResident(ByteRange pages)
    {
        Span<byte> answers = stackalloc byte[512];
        var pageBytes = (ulong)Environment.SystemPageSize;
        for (var at = pages.Start; at < pages.End;)
        {
            var part = new ByteRange(at, Math.Min(pages.End, at + ((ulong)answers.Length * pageBytes)));
            var count = (int)(part.Length / pageBytes);
            if (AreIn(AddressOf(part), (nuint)part.Length, ref MemoryMarshal.GetReference(answers)) != 0
                || HasAbsent(answers[..count]))
            {
                return false;
            }

            at = part.End;
        }

        return true;
    }

    protected override bool ReleaseHandle() => Unmap(handle, (nuint)_length) == 0;

    // The other bits of an answer are reserved.
    private static bool HasAbsent(ReadOnlySpan<byte> answers)
    {
        foreach (var answer in answers)
        {
            if ((answer & 1) == 0)
            {
                return true;
            }
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(
        nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int AreIn(nint address, nuint length, ref byte answers);
}
