using System.CommandLine;
using Nfs.Server.Units;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw store stats --store URL</c></summary>
internal static class StoreStats
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "stats",
            "Counts what a store holds: a line each with name and number, bytes also for people. A gateway may use the "
            + "store meanwhile; then the numbers are of no single moment.")
        {
            Flags.Store.Option,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var store = await context.OpenUpkeepAsync(result, cancellationToken).ConfigureAwait(false);
            var found = CommandContext.Value(
                await store.GetStatisticsAsync(cancellationToken).ConfigureAwait(false));
            context.Print($"files\t{found.TreeFiles}");
            PrintBytes(context, "logical bytes", found.LogicalBytes);
            context.Print($"contents\t{found.Contents}");
            context.Print($"shards\t{found.Shards}");
            context.Print($"xorbs\t{found.Xorbs}");
            context.Print($"chunks\t{found.Chunks}");
            PrintBytes(context, "unique bytes", found.UniqueBytes);
            PrintBytes(context, "stored bytes", found.StoredBytes);
            context.Print($"ratio\t{(double)found.LogicalBytes / Math.Max(1, found.StoredBytes):0.###}");
            PrintBytes(context, "unneeded bytes", found.UnneededBytes);
            PrintBytes(context, "unneeded bytes in needed xorbs", found.UnneededBytesInMixedXorbs);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void PrintBytes(CommandContext context, string name, ulong bytes) =>
        context.Print($"{name}\t{bytes}\t{ByteSize.Format(bytes)}");
}
