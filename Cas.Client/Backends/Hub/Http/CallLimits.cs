namespace Cas.Client.Backends.Hub.Http;

/// <summary>How long a call may take.</summary>
/// <param name="Try">One try, from its start to the last byte of the answer.</param>
/// <param name="Idle">The longest time without a byte in either direction.</param>
/// <param name="Budget">No try starts later than this after the first one.</param>
internal sealed record CallLimits(TimeSpan Try, TimeSpan Idle, TimeSpan Budget)
{
    /// <summary>Small questions and answers: who asks waits for it, and is told to come again after that.</summary>
    public static CallLimits Question { get; } = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5));

    /// <summary>Bytes of files, as long as some arrive; but not for ever from who sends one now and then.</summary>
    public static CallLimits Download { get; } = new(
        TimeSpan.FromHours(1), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5));

    /// <summary>Bytes of files, as long as some leave.</summary>
    public static CallLimits Upload { get; } = new(
        TimeSpan.FromMinutes(20), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60));

    /// <summary>What the server works on before it answers: a shard of 100 GiB of content takes minutes.</summary>
    public static CallLimits Work { get; } = new(
        TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(60));
}
