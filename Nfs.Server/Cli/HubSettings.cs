using System.CommandLine;
using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary>How to reach the Hub, from the command line and the environment.</summary>
internal static class HubSettings
{
    /// <summary>The variable that all tools of the Hub read. Its value is shown to nobody.</summary>
    private const string TokenVariable = "HF_TOKEN";

    /// <summary>Throws <see cref="UsageException"/>.</summary>
    public static HubOptions From(ParseResult result, Func<string, string?> environment) => new()
    {
        Endpoint = Flags.HubEndpoint.Resolve(result, environment),
        TokenFile = Flags.HubTokenFile.Resolve(result, environment),
        Token = environment(TokenVariable),
    };
}
