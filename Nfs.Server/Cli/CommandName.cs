using System.CommandLine;

namespace Nfs.Server.Cli;

/// <summary>Commands as people type them.</summary>
internal static class CommandName
{
    /// <summary>The words of a command, without the program's: <c>store check</c>.</summary>
    public static string Of(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
            ? $"{Of(parent)} {command.Name}"
            : command.Name;
}
