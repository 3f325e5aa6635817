namespace Nfs.Server.Transport;

/// <summary>The server cannot listen where it was told to; the message is one sentence for people.</summary>
public sealed class ListenException(string message, Exception inner) : Exception(message, inner);
