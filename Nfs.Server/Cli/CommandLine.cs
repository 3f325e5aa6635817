using System.CommandLine;
using Cas.Client;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>The commands, and the one place where their failures become a sentence and an exit code.</summary>
internal sealed class CommandLine
{
    private readonly Func<string, string?> _environment;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<Stream> _log;
    private readonly TimeProvider _clock;

    public CommandLine(
        Func<string, string?> environment, TextWriter output, TextWriter error, Func<Stream> log, TimeProvider clock)
    {
        _environment = environment;
        _output = output;
        _error = error;
        _log = log;
        _clock = clock;
    }

    /// <summary>Runs one command and returns its exit code. Never throws.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            // '@' is an ordinary first letter of a path, not a file with more arguments.
            var result = BuildRoot().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (result.Errors.Count > 0)
            {
                throw new UsageException(ErrorSentence(result));
            }

            return await result.InvokeAsync(new InvocationConfiguration
            {
                Output = _output,
                Error = _error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The edge of the process: people get a sentence and not a stack.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _error.WriteLine("nfsgw: " + PlainText.Escape(SentenceOf(e)));
            return ExitCodeOf(e);
        }
    }

    /// <summary>The whole tree of commands; also what the help is made from.</summary>
    public RootCommand BuildRoot()
    {
        var context = new CommandContext(_environment, _output, _error, _clock);
        var root = new RootCommand("Serves files over NFSv3 and keeps them in a content-addressed store.")
        {
            Serve(), Status(), Sync(), Evict(), ConfigCommands.Build(context, _error), CasCommands.Build(context),
            StoreCommands.Build(context), Version(),
        };
        HelpWithExamples.AddTo(root);
        return root;
    }

    private static string ErrorSentence(ParseResult result)
    {
        var command = result.CommandResult.Command;
        if (command is not RootCommand)
        {
            return $"{result.Errors[0].Message.TrimEnd('.')}; see nfsgw {CommandName.Of(command)} --help.";
        }

        var unknown = result.UnmatchedTokens.Count == 0 ? "" : $"'{result.UnmatchedTokens[0]}' is not a command; ";
        return unknown
            + "the commands are serve, status, sync, evict, config, cas, store and version; see nfsgw --help.";
    }

    private static string SentenceOf(Exception e) => e switch
    {
        UsageException or StateUnavailableException or StoreUnavailableException => e.Message,
        _ => $"Unexpected failure ({e.GetType().Name}): {e.Message}",
    };

    private static int ExitCodeOf(Exception e) => e is StoreUnavailableException ? ExitCode.Store : ExitCode.Usage;

    private Command Serve()
    {
        var command = new Command("serve", "Runs a gateway in the foreground until Ctrl-C or SIGTERM.");
        foreach (var flag in Flags.OfServe)
        {
            command.Add(flag.Option);
        }

        command.SetAction((result, _) => ServeCommand.RunAsync(
            ServeSettings.From(result, _environment), _output, _log(), _clock));
        return command;
    }

    private Command Status()
    {
        var command = new Command("status", "Shows what a running gateway does.")
        {
            Flags.RunningState.Option, Flags.Json.Option,
        };
        command.SetAction((result, cancellationToken) => OperatorCommands.StatusAsync(
            Flags.RunningState.Resolve(result, _environment), Flags.Json.Resolve(result, _environment), _output,
            cancellationToken));
        return command;
    }

    private Command Sync()
    {
        var path = PathArgument();
        var command = new Command(
            "sync",
            "Returns when everything that was written before is in the store; prints path, size and content hash of "
            + "each file, with tabs between. Exit code 1 if a file cannot be stored.")
        {
            Flags.RunningState.Option, path,
        };
        command.SetAction((result, cancellationToken) => OperatorCommands.SyncAsync(
            Flags.RunningState.Resolve(result, _environment), PathOf(result, path), _output, _error,
            cancellationToken));
        return command;
    }

    private Command Evict()
    {
        var path = PathArgument();
        var command = new Command(
            "evict", "Drops cached bytes that the store has too, so that the next read fetches them again.")
        {
            Flags.RunningState.Option, path,
        };
        command.SetAction((result, cancellationToken) => OperatorCommands.EvictAsync(
            Flags.RunningState.Resolve(result, _environment), PathOf(result, path), _output, cancellationToken));
        return command;
    }

    private Command Version()
    {
        var command = new Command("version", "Prints the version.");
        command.SetAction(_ =>
        {
            _output.WriteLine($"nfsgw {ProductVersion.Text}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string?> PathArgument() => new("PATH")
    {
        Description = "A file or directory, from the root of the export, or with the path of its export in front if "
            + "there are several; everything if left out.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static byte[] PathOf(ParseResult result, Argument<string?> argument)
    {
        var text = result.GetValue(argument) ?? "";
        var path = GatewayPath.Parse(text);
        return path.Accepted is { } accepted
            ? throw new UsageException($"PATH {accepted}, not '{PlainText.Escape(text)}'.")
            : path.Value;
    }
}
