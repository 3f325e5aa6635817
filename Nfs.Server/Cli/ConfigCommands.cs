using System.CommandLine;
using Nfs.Server.Cli.Config;

namespace Nfs.Server.Cli;

/// <summary>The commands about configuration files: <c>nfsgw config check FILE</c>.</summary>
internal static class ConfigCommands
{
    /// <summary>The command with its commands.</summary>
    public static Command Build(CommandContext context, TextWriter error) =>
        new("config", "Looks at a configuration file.") { Check(context, error) };

    private static Command Check(CommandContext context, TextWriter error)
    {
        var file = new Argument<string>("FILE") { Description = "A configuration file." };
        var command = new Command(
            "check",
            "Prints what each export of a configuration file would be, or every error with its line. Opens no store. "
            + "Exit code 1 if there is an error.") { file };
        command.SetAction(result => Check(result.GetValue(file)!, context, error));
        return command;
    }

    private static int Check(string path, CommandContext context, TextWriter error)
    {
        if (ConfigFile.Read(path, out var errors) is { } config)
        {
            Print(config, context);
            return ExitCode.Ok;
        }

        foreach (var (line, sentence) in errors)
        {
            error.WriteLine($"{PlainText.Escape(path)}:{line}: {PlainText.Escape(sentence)}");
        }

        return ExitCode.Usage;
    }

    private static void Print(GatewayConfig config, CommandContext context)
    {
        foreach (var export in config.Exports)
        {
            context.Print($"{export.Rules.Path}");
            foreach (var (label, value) in ExportText.Describe(export, config))
            {
                context.Print($"  {label,-14} {value}");
            }
        }
    }
}
