using System.CommandLine;
using System.Globalization;
using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw cas get --store URL HASH [--range A-B]</c></summary>
internal static class CasGet
{
    private const int BlockBytes = 8 << 20;

    /// <summary>Digits of a hash that leave room for a bar beside them.</summary>
    private const int ShownDigits = 12;

    public static Command Build(CommandContext context)
    {
        var argument = StoredContent.Argument();
        var range = new Option<string?>("--range")
        {
            Description = "Bytes from A up to but not including B.", HelpName = "A-B",
        };
        var command = new Command("get", "Writes stored bytes to standard output.")
        {
            Flags.Store.Option, argument, range,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var hash = StoredContent.HashOf(result, argument);
            await using var store = await context.OpenStoreAsync(result, cancellationToken).ConfigureAwait(false);
            var content = CommandContext.Value(
                await StoredContent.InspectorOf(store).FindAsync(hash, cancellationToken).ConfigureAwait(false));
            var (start, end) = RangeOf(result.GetValue(range), content.Size);
            Task<int> CopyAsync(Action<ulong> report) =>
                CasGet.CopyAsync(store.Content, content, start, end, report, cancellationToken);

            var title = $"reading {result.GetValue(argument)![..ShownDigits]}";

            // On a terminal the bytes themselves are what is seen.
            return Console.IsOutputRedirected
                ? await context.Progress.ShowAsync(title, end - start, CopyAsync).ConfigureAwait(false)
                : await CopyAsync(_ => { }).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> CopyAsync(
        IContentStore store,
        ContentId content,
        ulong start,
        ulong end,
        Action<ulong> report,
        CancellationToken cancellationToken)
    {
        using var output = new StandardOutput();
        var block = new byte[(int)Math.Min(BlockBytes, end - start)];
        while (start < end)
        {
            var part = block.AsMemory(0, (int)Math.Min((ulong)block.Length, end - start));
            CommandContext.Value(
                await store.ReadAsync(content, start, part, cancellationToken).ConfigureAwait(false));
            output.Write(part.Span);
            start += (ulong)part.Length;
            report((ulong)part.Length);
        }

        return ExitCode.Ok;
    }

    private static (ulong Start, ulong End) RangeOf(string? text, ulong size)
    {
        if (text is null)
        {
            return (0, size);
        }

        var parts = text.Split('-');
        return parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && start <= end && end <= size
            ? (start, end)
            : throw new UsageException(
                $"--range takes A-B with A at most B and B at most {size}, not '{PlainText.Escape(text)}'.");
    }
}
