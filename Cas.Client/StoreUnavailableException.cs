namespace Cas.Client;

/// <summary>
/// A store cannot be opened at start: it is not there, is not a store, is in use, or cannot be read. The message is
/// one sentence for the person at the terminal and says what to do.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>With the sentence to show.</summary>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With the sentence to show and its cause.</summary>
    public StoreUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
