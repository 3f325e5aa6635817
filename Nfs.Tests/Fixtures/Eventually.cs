using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>Waits for what happens by itself, and fails if it does not.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    public static async Task IsSoAsync(Func<Task<bool>> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(s_patience));
            await Task.Delay(s_look);
        }
    }

    public static Task IsSoAsync(Func<bool> isSo) => IsSoAsync(() => Task.FromResult(isSo()));
}
