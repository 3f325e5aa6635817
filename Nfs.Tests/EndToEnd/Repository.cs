using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>Where the things are that these tests run: the built gateway, and the tools beside the sources.</summary>
internal static class Repository
{
    /// <summary>The top of the sources.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The gateway; NFSGW names another one.</summary>
    public static string Gateway { get; } = Existing(
        Environment.GetEnvironmentVariable("NFSGW") ?? Path.Combine(Root, "out", "nfsgw"), "tools/build");

    /// <summary>Boots a guest and runs a command in it.</summary>
    public static string VmRun { get; } = Existing(Path.Combine(Root, "tools", "vm", "vm-run"), "git checkout");

    /// <summary>Exercises a file at random and compares; runs in a guest.</summary>
    public static string Fsx { get; } = Existing(Path.Combine(Root, "tools", "vm", "fsx"), "git checkout");

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "NfsGateway.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("These tests run from a build inside the repository.");
    }

    private static string Existing(string path, string remedy) => File.Exists(path)
        ? path
        : throw new InvalidOperationException($"{path} is missing; run: {remedy}");
}
