using System.CommandLine;
using Cas.Client;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw cas show --store URL HASH</c></summary>
internal static class CasShow
{
    public static Command Build(CommandContext context)
    {
        var argument = StoredContent.Argument();
        var command = new Command(
            "show",
            "Prints hash, size, chunks and stored bytes of content, then of each term the offset, length, xorb, "
            + "chunks, stored bytes and how many chunks are compressed in which way.")
        {
            Flags.Store.Option, argument,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var hash = StoredContent.HashOf(result, argument);
            await using var store = await context.OpenStoreAsync(result, cancellationToken).ConfigureAwait(false);
            Print(context, CommandContext.Value(
                await StoredContent.InspectorOf(store).DescribeAsync(hash, cancellationToken).ConfigureAwait(false)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CommandContext context, ContentDescription description)
    {
        var (content, terms) = description;
        var chunks = terms.Sum(term => (long)(term.ChunkEnd - term.ChunkStart));
        var stored = terms.Aggregate(0UL, (sum, term) => sum + term.StoredBytes);
        var xorbs = terms.Select(term => term.Xorb).Distinct().Count();
        var all = terms.Aggregate(default(ChunkCompression), (sum, term) => sum + term.Compression);
        var counts = $"terms {terms.Count}\txorbs {xorbs}\tchunks {chunks}\tstored {stored}";
        context.Print($"{content.Hash}\tsize {content.Size}\t{counts}\t{Words(all)}");
        foreach (var term in terms)
        {
            var chunkRange = $"{term.ChunkStart}-{term.ChunkEnd}";
            var kept = $"{term.StoredBytes}\t{Words(term.Compression)}";
            context.Print($"{term.Offset}\t{term.Length}\t{term.Xorb}\t{chunkRange}\t{kept}");
        }
    }

    private static string Words(ChunkCompression counts) =>
        $"none {counts.None} lz4 {counts.Lz4} bg4-lz4 {counts.GroupedLz4}";
}
