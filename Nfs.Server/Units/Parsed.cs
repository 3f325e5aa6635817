namespace Nfs.Server.Units;

/// <summary>A value read from text, or what would have been accepted.</summary>
/// <param name="Value">The value; default when refused.</param>
/// <param name="Accepted">Null, or the end of a sentence that starts with the flag's name.</param>
internal readonly record struct Parsed<T>(T Value, string? Accepted)
{
    public bool IsOk => Accepted is null;

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static Parsed<T> Refuse(string accepted) => new(default!, accepted);
}
