namespace Cas.Client;

/// <summary>
/// Carries a <see cref="CasError"/> out of the depth of a backend to its public methods, which turn it into a value.
/// Never leaves this project.
/// </summary>
internal class CasException : Exception
{
    public CasException(CasError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    public CasError Error { get; }
}
