using System.Diagnostics;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>A program of the system that a test needs.</summary>
internal static class Command
{
    /// <summary>Runs it to its end; the test fails if it does.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
