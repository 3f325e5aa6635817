using System.Runtime.InteropServices;

namespace Cas.Client.Xorbs;

/// <summary>
/// The block functions of the operating system's LZ4 library, which the distribution patches. Only blocks: the
/// library's own frame decoder allocates whatever block size a frame announces, up to 8 MiB for 20 bytes of input.
/// </summary>
internal sealed unsafe class Lz4Library
{
    private static readonly string[] s_names =
    [
        "liblz4.so.1",
        "/opt/homebrew/opt/lz4/lib/liblz4.1.dylib",
        "/usr/local/opt/lz4/lib/liblz4.1.dylib",
    ];

    // Lazy loads once however many threads ask, and throws the same exception to all of them.
    private static readonly Lazy<Lz4Library> s_instance = new(() => Load(s_names));

    private readonly delegate* unmanaged<void*, byte*, byte*, int, int, int, int> _compress;
    private readonly delegate* unmanaged<byte*, byte*, int, int, int> _decompress;
    private readonly delegate* unmanaged<byte*, byte*, int, int, byte*, int, int> _decompressWithPrefix;

    private Lz4Library(nint library)
    {
        _compress = (delegate* unmanaged<void*, byte*, byte*, int, int, int, int>)
            NativeLibrary.GetExport(library, "LZ4_compress_fast_extState");
        _decompress = (delegate* unmanaged<byte*, byte*, int, int, int>)
            NativeLibrary.GetExport(library, "LZ4_decompress_safe");
        _decompressWithPrefix = (delegate* unmanaged<byte*, byte*, int, int, byte*, int, int>)
            NativeLibrary.GetExport(library, "LZ4_decompress_safe_usingDict");
        StateBytes = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "LZ4_sizeofState"))();
    }

    /// <summary>The library. Throws <see cref="DllNotFoundException"/> with a sentence for people if there is none.</summary>
    public static Lz4Library Instance => s_instance.Value;

    /// <summary>What <see cref="Compress"/> needs as state.</summary>
    public int StateBytes { get; }

    /// <summary>Loads the first of the libraries that is there.</summary>
    public static Lz4Library Load(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new Lz4Library(library);
            }
        }

        throw new DllNotFoundException(
            "The LZ4 library (liblz4.so.1) is not installed; on Debian and Ubuntu: apt-get install liblz4-1");
    }

    /// <summary>
    /// Compresses one block; 0 if it does not fit. <paramref name="state"/> is <see cref="StateBytes"/> long, aligned
    /// to 8 bytes, its content is of no matter.
    /// </summary>
    public int Compress(Span<byte> state, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        const int acceleration = 1;
        fixed (byte* statePointer = state, from = source, to = destination)
        {
            return _compress(statePointer, from, to, source.Length, destination.Length, acceleration);
        }
    }

    /// <summary>
    /// Decompresses one block behind <paramref name="done"/> bytes that <paramref name="destination"/> holds already
    /// and that the block may refer to if <paramref name="isLinked"/>. At most <paramref name="lengthMax"/> bytes, and
    /// never outside the destination. The count; negative if the block is damaged.
    /// </summary>
    public int Decompress(ReadOnlySpan<byte> block, Span<byte> destination, int done, int lengthMax, bool isLinked)
    {
        const int linkedBytesMax = 64 * 1024;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(done, destination.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthMax, destination.Length - done);
        fixed (byte* from = block, to = destination)
        {
            var prefix = Math.Min(done, linkedBytesMax);
            return isLinked && done > 0
                ? _decompressWithPrefix(from, to + done, block.Length, lengthMax, to + done - prefix, prefix)
                : _decompress(from, to + done, block.Length, lengthMax);
        }
    }
}
