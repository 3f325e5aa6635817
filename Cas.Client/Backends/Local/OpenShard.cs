using System.Buffers;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Shards;
using Microsoft.Win32.SafeHandles;

namespace Cas.Client.Backends.Local;

/// <summary>A shard that is open for reading, and was what its name says when it was opened.</summary>
internal sealed class OpenShard : IDisposable
{
    private const int BlockBytes = 128 << 10;

    private readonly SafeFileHandle _file;

    private OpenShard(SafeFileHandle file, FileBytes bytes)
    {
        _file = file;
        Bytes = bytes;
        Reader = ShardReader.Open(bytes);
    }

    /// <summary>Its bytes.</summary>
    public IRandomBytes Bytes { get; }

    /// <summary>What is in it.</summary>
    public ShardReader Reader { get; }

    /// <summary>Takes the file over. Throws <see cref="CasException"/> and what reading throws.</summary>
    public static OpenShard Open(SafeFileHandle file, MerkleHash name)
    {
        try
        {
            var bytes = new FileBytes(file);
            return bytes.Length <= ShardFormat.BytesMax && HashOf(bytes) == name
                ? new OpenShard(file, bytes)
                : throw new CasException(CasError.Corrupt, $"the shard {name} is damaged: it is not what its name says");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a shard that was compared with its name before, and has not been open to others since. Takes the file over.
    /// </summary>
    public static OpenShard Reopen(SafeFileHandle file)
    {
        try
        {
            return new OpenShard(file, new FileBytes(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The name of a shard's bytes.</summary>
    public static MerkleHash NameOf(ReadOnlySpan<byte> bytes) => XetHash.Chunk(bytes);

    /// <summary>The file whose entry starts at a record. Throws <see cref="CasException"/> if it is another.</summary>
    public ShardFile ReadFile(MerkleHash file, long recordIndex) =>
        ShardScan.TryRead(Bytes, Reader.Sections.Files, isFiles: true, recordIndex, out var entry) && entry.Hash == file
            ? Reader.ReadFile(entry)
            : Reader.FindFile(file) ?? throw new CasException(CasError.Corrupt, $"the index names a wrong shard for {file}");

    public void Dispose() => _file.Dispose();

    private static MerkleHash HashOf(FileBytes bytes)
    {
        var hasher = new Blake3Hasher(XetKeys.Data);
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            for (var offset = 0L; offset < bytes.Length; offset += BlockBytes)
            {
                var part = block.AsSpan(0, (int)Math.Min(BlockBytes, bytes.Length - offset));
                bytes.ReadAt(offset, part);
                hasher.Append(part);
            }

            return hasher.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
