using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>
/// A call of a client with the handles that the client had when it began, and what came of it. A call that is sent
/// again after a crash keeps its handles and its key.
/// </summary>
internal sealed record Call(Operation Operation, RequestKey Key)
{
    /// <summary>The directory of the name, for calls on names.</summary>
    public InodeId Directory { get; init; }

    public string Name { get; init; } = "";

    /// <summary>The object, for calls on objects.</summary>
    public InodeId Object { get; init; }

    public InodeId ToDirectory { get; init; }

    public string ToName { get; init; } = "";

    /// <summary>What was answered; null if nothing that counts.</summary>
    public Reply? Reply { get; set; }

    public Verb Verb => Operation.Verb;

    public Stability Stability => (Stability)(Operation.Choice % 3);

    /// <summary>The bytes of a write.</summary>
    public byte[] Bytes()
    {
        var bytes = new byte[Operation.Count];
        new Random(Operation.Choice).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>An answer, as far as it is compared.</summary>
internal sealed record Reply(VfsError Error)
{
    /// <summary>What was made or found.</summary>
    public ulong Id { get; init; }

    public byte[] Bytes { get; init; } = [];

    public ulong? Verifier { get; init; }
}
