using System.CommandLine;
using Cas.Client;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw store check --store URL</c></summary>
internal static class StoreCheck
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "check",
            "Verifies every byte of a store and every reference in it. Prints a line for each problem: damage, with the "
            + "files that it hurts, or a note, which hurts nobody; the last line is the sum. No gateway may use the store "
            + $"meanwhile. Exit code {ExitCode.Damaged} if there is damage.")
        {
            Flags.Store.Option,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var store = await context.OpenUpkeepAsync(result, cancellationToken).ConfigureAwait(false);
            var lines = new Lock(); // Findings come from several threads.
            void Print(CheckFinding finding)
            {
                lock (lines)
                {
                    context.Print($"{(finding.IsDamage ? "damage" : "note")}\t{PlainText.Escape(finding.Sentence)}");
                }
            }

            var summary = CommandContext.Value(await context.Progress.ShowAsync(
                "checking the store",
                store.MeasureStoredBytes(),
                done => store.CheckAsync(Print, done, cancellationToken)).ConfigureAwait(false));
            PrintSum(context, summary);
            return summary.Damages == 0 ? ExitCode.Ok : ExitCode.Damaged;
        });
        return command;
    }

    private static void PrintSum(CommandContext context, CheckSummary sum)
    {
        FormattableString objects = $"xorbs {sum.Xorbs}\tchunks {sum.Chunks}\tshards {sum.Shards}\tfiles {sum.Files}";
        FormattableString problems = $"damages {sum.Damages}\tnotes {sum.Notes}\tpaths {sum.TreeEntries}";
        var verdict = sum.Damages == 0 ? "clean" : "damaged";
        context.Print($"{verdict}\t{problems}\t{objects}\tstored {sum.StoredBytes} ({ByteSize.Format(sum.StoredBytes)})");
    }
}
