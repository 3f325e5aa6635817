using System.Globalization;

namespace Nfs.Tests.Fixtures;

/// <summary>How much a test does, from the environment.</summary>
internal static class Setting
{
    public static int Of(string name, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : standard;
}
