using System.CommandLine;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw cas put --store URL FILE</c></summary>
internal static class CasPut
{
    public static Command Build(CommandContext context)
    {
        var file = CasCommands.FileArgument();
        var command = new Command("put", "Stores a file's bytes and prints their hash and size.")
        {
            Flags.Store.Option, file,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var path = result.GetValue(file)!;
            using var source = FileSource.Open(path);
            await using var store = await context.OpenStoreAsync(result, cancellationToken).ConfigureAwait(false);
            var put = await context.Progress.ShowAsync(
                $"storing {Path.GetFileName(path)}",
                source.Length,
                report => store.Content.PutAsync(new ReportingSource(source, report), cancellationToken).AsTask())
                .ConfigureAwait(false);
            var content = CommandContext.Value(put);
            context.Print($"{content.Hash}\t{content.Size}");
            return ExitCode.Ok;
        });
        return command;
    }
}
