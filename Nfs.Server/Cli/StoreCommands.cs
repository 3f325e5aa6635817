using System.CommandLine;

namespace Nfs.Server.Cli;

/// <summary>The commands that look after a store that no gateway uses: <c>nfsgw store check|gc|stats</c>.</summary>
internal static class StoreCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Build(CommandContext context) =>
        new("store", "Looks after a store: checks every byte, frees what nobody needs, counts what is there.")
        {
            StoreCheck.Build(context), StoreGc.Build(context), StoreStats.Build(context),
        };
}
