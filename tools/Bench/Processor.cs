namespace Bench;

/// <summary>Time of the processor, user and system, of all threads: a busy machine changes it less than the clock.</summary>
internal static class Processor
{
    /// <summary>What an action takes, in seconds.</summary>
    public static async Task<double> SecondsAsync(Func<Task> action)
    {
        var before = Environment.CpuUsage.TotalTime;
        await action();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }
}
