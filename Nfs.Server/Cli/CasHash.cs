using System.CommandLine;
using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw cas hash FILE</c></summary>
internal static class CasHash
{
    public static Command Build(CommandContext context)
    {
        var file = CasCommands.FileArgument();
        var command = new Command(
            "hash", "Prints a file's content hash and size, then offset, length and hash of each chunk.") { file };
        command.SetAction(async (result, cancellationToken) =>
        {
            var path = result.GetValue(file)!;
            using var source = FileSource.Open(path);
            var hashed = await context.Progress.ShowAsync(
                $"hashing {Path.GetFileName(path)}",
                source.Length,
                report => ContentHasher.HashAsync(new ReportingSource(source, report), cancellationToken))
                .ConfigureAwait(false);
            context.Print($"{hashed.Content.Hash}\t{hashed.Content.Size}");
            foreach (var chunk in hashed.Chunks)
            {
                context.Print($"{chunk.Offset}\t{chunk.Length}\t{chunk.Hash}");
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
