namespace Cas.Client.Hashing;

/// <summary>The range hash of chunks that come one by one. Reusable.</summary>
internal sealed class RangeHasher
{
    private readonly Blake3Hasher _hasher = new(XetKeys.Range);

    /// <summary>Adds the next chunk.</summary>
    public void Append(MerkleHash chunk)
    {
        Span<byte> bytes = stackalloc byte[MerkleHash.Bytes];
        chunk.Write(bytes);
        _hasher.Append(bytes);
    }

    /// <summary>The hash of the run; the next run starts empty.</summary>
    public MerkleHash Finish() => _hasher.Finish();
}
