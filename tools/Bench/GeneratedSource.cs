using System.Buffers.Binary;
using Cas.Client;

namespace Bench;

/// <summary>Content of any length that looks random and lies nowhere: each word is a mixed function of its offset.</summary>
internal sealed class GeneratedSource(ulong seed, ulong length) : IContentSource
{
    /// <inheritdoc/>
    public ulong Length => length;

    /// <inheritdoc/>
    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var bytes = destination.Span;
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!bytes.IsEmpty)
        {
            var skipped = (int)(offset % sizeof(ulong));
            if (skipped == 0 && bytes.Length >= sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, Mix(offset));
                bytes = bytes[sizeof(ulong)..];
                offset += sizeof(ulong);
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(offset - (ulong)skipped));
            var count = Math.Min(sizeof(ulong) - skipped, bytes.Length);
            word.Slice(skipped, count).CopyTo(bytes);
            bytes = bytes[count..];
            offset += (ulong)count;
        }

        return ValueTask.CompletedTask;
    }

    private ulong Mix(ulong offset)
    {
        var z = (seed + offset) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
