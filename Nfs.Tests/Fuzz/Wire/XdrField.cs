namespace Nfs.Tests.Fuzz.Wire;

/// <summary>What a field stands for, so that one can be put in the place of another.</summary>
internal enum XdrKind
{
    Number,

    /// <summary>A boolean or an enumeration: few values, and what follows depends on them.</summary>
    Choice,

    Long,

    /// <summary>A handle of a directory, where only that makes sense.</summary>
    Directory,

    Handle,
    Name,
    Bytes,
    Credential,

    /// <summary>What is not understood, or comes after the end.</summary>
    Rest,
}

/// <summary>A field of a message.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Bytes">As in the message, with its length word and its padding.</param>
internal readonly record struct XdrField(XdrKind Kind, byte[] Bytes)
{
    /// <summary>Whether a length word comes first.</summary>
    public bool IsOpaque =>
        Kind is XdrKind.Directory or XdrKind.Handle or XdrKind.Name or XdrKind.Bytes or XdrKind.Credential;

    public static byte[] Join(IEnumerable<XdrField> fields) => [.. fields.SelectMany(field => field.Bytes)];
}
