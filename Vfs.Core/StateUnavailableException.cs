namespace Vfs.Core;

/// <summary>
/// The local state cannot be used at start: it is not ours, is in use, is damaged, or belongs to another store. The
/// message is one sentence for the person at the terminal. Nothing was changed on disk.
/// </summary>
public sealed class StateUnavailableException : Exception
{
    /// <summary>With the sentence to show.</summary>
    public StateUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With the sentence to show and its cause.</summary>
    public StateUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
