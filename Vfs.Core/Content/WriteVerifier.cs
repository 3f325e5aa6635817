using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vfs.Core.Content;

/// <summary>
/// The write verifier (RFC 1813 section 4.8): 64 random bits, new in every incarnation and whenever unstable data may
/// have been lost, so that clients send it again.
/// </summary>
internal sealed class WriteVerifier
{
    private ulong _value = Draw();

    public ulong Value => Volatile.Read(ref _value);

    public void Rotate() => Volatile.Write(ref _value, Draw());

    private static ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
