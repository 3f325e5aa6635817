using System.CommandLine;

namespace Nfs.Server.Cli;

/// <summary>The commands that look into a store: <c>nfsgw cas hash|put|get|show</c>.</summary>
internal static class CasCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Build(CommandContext context) =>
        new("cas", "Looks into a store, or at how a file would be stored.")
        {
            CasHash.Build(context), CasPut.Build(context), CasGet.Build(context), CasShow.Build(context),
        };

    /// <summary>The argument of commands that read a file.</summary>
    public static Argument<string> FileArgument() => new("FILE") { Description = "A local file." };
}
