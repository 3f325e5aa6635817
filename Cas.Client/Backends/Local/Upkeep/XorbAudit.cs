using System.Buffers;
using System.Collections;
using Cas.Client.Reconstruction;
using Cas.Client.Xorbs;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Unpacks and hashes every chunk of a xorb and holds the whole against its name. May be used from several threads at
/// once.
/// </summary>
internal sealed class XorbAudit(ContentDirectory directory, Action<ulong> done)
{
    private long _xorbs;
    private long _chunks;
    private long _bytes;

    public long Xorbs => Interlocked.Read(ref _xorbs);

    public long Chunks => Interlocked.Read(ref _chunks);

    public ulong Bytes => (ulong)Interlocked.Read(ref _bytes);

    /// <summary>What was found.</summary>
    public DamagedXorbs Damaged { get; } = new();

    /// <summary>Checks one.</summary>
    public void Run(MerkleHash xorb)
    {
        Interlocked.Increment(ref _xorbs);
        try
        {
            using var open = OpenXorb.Open(directory.Open(directory.PathOfXorb(xorb)), xorb);
            Verify(open);
            Interlocked.Add(ref _chunks, open.Index.Count);
            Interlocked.Add(ref _bytes, open.Bytes.Length);
            done((ulong)open.Bytes.Length);
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            // Its footer, or its place on the disk: without either no chunk of it is found.
            Damaged.Add(xorb, e.Message);
        }
    }

    private void Verify(OpenXorb xorb)
    {
        var reader = new XorbReader(xorb.Bytes, xorb.Index);
        var (first, count, damaged) = (string.Empty, 0, new BitArray(xorb.Index.Count));
        var chunk = ArrayPool<byte>.Shared.Rent(XorbLimits.ChunkBytesMax);
        try
        {
            for (var i = 0; i < xorb.Index.Count; i++)
            {
                if (ProblemOf(reader, i, chunk) is { } problem)
                {
                    first = count == 0 ? problem : first;
                    damaged[i] = true;
                    count++;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        if (count > 0)
        {
            var all = count == 1 ? "" : $"; {count} of its {xorb.Index.Count} chunks are damaged";
            Damaged.Add(xorb.Index.Xorb, damaged, first + all);
        }
    }

    private static string? ProblemOf(XorbReader reader, int chunkIndex, Span<byte> buffer)
    {
        try
        {
            reader.ReadChunk(chunkIndex, buffer);
            return null;
        }
        catch (XorbDamageException e)
        {
            return e.Message;
        }
        catch (IOException e)
        {
            return $"xorb {reader.Index.Xorb} is damaged: chunk {chunkIndex} cannot be read: {e.Message}";
        }
    }
}
