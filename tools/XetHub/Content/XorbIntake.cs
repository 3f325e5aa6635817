using System.Buffers;
using Cas.Client;
using Cas.Client.Backends.Local;
using Cas.Client.Formats;
using Cas.Client.Xorbs;

namespace XetHub.Content;

/// <summary>Takes xorbs in: every chunk is unpacked and hashed before anybody can refer to it.</summary>
internal sealed class XorbIntake(ContentFiles content)
{
    /// <summary>Longest body: records, and a footer that some clients send.</summary>
    public const long BodyBytesMax =
        XorbLimits.RecordBytesMax + (XorbLimits.ChunksMax * (long)XorbFooter.BytesPerChunk) + 1024;

    private const int PartBytes = 1 << 20;

    private readonly Lock _publishing = new(); // Guards the step from "not there" to "there".

    /// <summary>
    /// Stores a xorb, on stable storage; false if it was there. Throws <see cref="XorbDamageException"/> if the body is
    /// not what the name says.
    /// </summary>
    public async Task<bool> AddAsync(MerkleHash xorb, Stream body, CancellationToken cancellationToken)
    {
        using var file = content.Directory.CreateUnpublished();
        await CopyAsync(body, file, cancellationToken);
        return await Task.Run(() => Add(xorb, file), cancellationToken);
    }

    private static async Task CopyAsync(Stream body, UnpublishedFile file, CancellationToken cancellationToken)
    {
        var part = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            var length = 0L;
            int count;
            while ((count = await body.ReadAtLeastAsync(
                part.AsMemory(0, PartBytes), PartBytes, throwOnEndOfStream: false, cancellationToken)) > 0)
            {
                file.Append(part.AsSpan(0, count), length);
                length += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    private bool Add(MerkleHash xorb, UnpublishedFile file)
    {
        var bytes = new FileBytes(file.Handle);
        var index = XorbIndex.Read(bytes, xorb);
        var records = index.Layout.RecordBytes;
        if (records < bytes.Length)
        {
            // With a footer, reading has believed it.
            new XorbReader(bytes, index).Verify();
            RandomAccess.SetLength(file.Handle, records);
        }

        file.Append(XorbFooterWriter.Write(xorb, index.Layout, index.Hashes), records);
        file.Sync();
        var path = content.Directory.PathOfXorb(xorb);
        lock (_publishing)
        {
            // Another upload of the same chunks may be compressed in another way: ranges in answers that are on their
            // way belong to the one that is there.
            if (File.Exists(path))
            {
                return false;
            }

            content.Directory.Publish(file, path);
        }

        content.AddXorb(index);
        return true;
    }
}
