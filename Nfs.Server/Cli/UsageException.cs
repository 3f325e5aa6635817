namespace Nfs.Server.Cli;

/// <summary>
/// A command cannot run as it was given: bad flags, a port in use, no gateway to talk to. The message is one sentence
/// for the person at the terminal.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);
