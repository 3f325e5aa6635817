namespace Vfs.Core.Namespace;

/// <summary>
/// What a call that changed something was answered: all that its reply is made of, so that the same call sent again
/// after a restart gets the same bytes. Successes only: what failed changed nothing and may be tried anew.
/// </summary>
/// <param name="Object">What was made or linked; null if the call's reply has no object.</param>
/// <param name="First">The object or directory that changed; of RENAME, the directory that the name was in.</param>
/// <param name="Second">Of RENAME, the directory that the name is in now.</param>
internal readonly record struct RequestOutcome(Attributes? Object, WccData First, WccData Second = default);
