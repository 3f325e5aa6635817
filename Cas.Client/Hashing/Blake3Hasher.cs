using System.Runtime.CompilerServices;

namespace Cas.Client.Hashing;

/// <summary>
/// BLAKE3 of bytes that come in pieces of any size. Reusable: finishing makes it ready for the next input, and
/// nothing is allocated after construction. One user at a time.
/// </summary>
internal sealed class Blake3Hasher
{
    private readonly Blake3Key _key;
    private readonly Blake3Kernel _kernel;
    private Blake3Tree _tree;
    private Chunk _chunk;
    private int _chunkLength;

    /// <summary>With the fastest kernel.</summary>
    public Blake3Hasher(in Blake3Key key)
        : this(key, Blake3Kernels.Best)
    {
    }

    /// <summary>With a kernel that this machine has.</summary>
    public Blake3Hasher(in Blake3Key key, Blake3Kernel kernel)
    {
        _key = key;
        _kernel = kernel;
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> input)
    {
        Span<byte> chunk = _chunk;
        if (_chunkLength > 0)
        {
            var fill = Math.Min(Blake3Node.ChunkBytes - _chunkLength, input.Length);
            input[..fill].CopyTo(chunk[_chunkLength..]);
            _chunkLength += fill;
            input = input[fill..];
        }

        // A chunk is compressed when there is input behind it: the last one of the input is different.
        if (input.IsEmpty)
        {
            return;
        }

        if (_chunkLength > 0)
        {
            _tree.Add(_kernel, _key, chunk);
        }

        var whole = (input.Length - 1) / Blake3Node.ChunkBytes * Blake3Node.ChunkBytes;
        _tree.Add(_kernel, _key, input[..whole]);
        input[whole..].CopyTo(chunk);
        _chunkLength = input.Length - whole;
    }

    /// <summary>The hash of what was appended; the next input starts empty.</summary>
    public MerkleHash Finish()
    {
        var hash = Blake3.ToHash(_tree.Finish(_kernel, _key, ((Span<byte>)_chunk)[.._chunkLength]));
        Clear();
        return hash;
    }

    /// <summary>Forgets what was appended.</summary>
    public void Clear()
    {
        _tree.Clear();
        _chunkLength = 0;
    }

    [InlineArray(Blake3Node.ChunkBytes)]
    private struct Chunk
    {
        private byte _first;
    }
}
