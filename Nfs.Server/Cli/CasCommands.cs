using System.CommandLine;
using System.Globalization;
using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nfs.Server.Cli;

/// <summary>The commands that look into a store: <c>nfsgw cas hash|put|get|show</c>.</summary>
internal sealed class CasCommands
{
    private const int BlockBytes = 1 << 20;

    private readonly Func<string, string?> _environment;
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;
    private readonly Argument<string> _file = new("FILE") { Description = "A local file." };
    private readonly Argument<string> _hash = new("HASH") { Description = "A content hash, 64 hex digits." };
    private readonly Option<string?> _range = new("--range")
    {
        Description = "Bytes from A up to but not including B.", HelpName = "A-B",
    };

    private CasCommands(Func<string, string?> environment, TextWriter output, TimeProvider clock)
    {
        _environment = environment;
        _output = output;
        _clock = clock;
    }

    /// <summary>The command with its commands.</summary>
    public static Command Build(Func<string, string?> environment, TextWriter output, TimeProvider clock)
    {
        var commands = new CasCommands(environment, output, clock);
        return new Command("cas", "Looks into a store, or at how a file would be stored.")
        {
            commands.Hash(), commands.Put(), commands.Get(), commands.Show(),
        };
    }

    private Command Hash()
    {
        var command = new Command(
            "hash", "Prints a file's content hash and size, then offset, length and hash of each chunk.") { _file };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var source = FileSource.Open(result.GetValue(_file)!);
            var hashed = await ContentHasher.HashAsync(source, cancellationToken).ConfigureAwait(false);
            Print($"{hashed.Content.Hash}\t{hashed.Content.Size}");
            foreach (var chunk in hashed.Chunks)
            {
                Print($"{chunk.Offset}\t{chunk.Length}\t{chunk.Hash}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private Command Put()
    {
        var command = new Command("put", "Stores a file's bytes and prints their hash and size.")
        {
            Flags.Store.Option, _file,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var source = FileSource.Open(result.GetValue(_file)!);
            await using var store = await OpenAsync(result, cancellationToken).ConfigureAwait(false);
            var content = Value(await store.Content.PutAsync(source, cancellationToken).ConfigureAwait(false));
            Print($"{content.Hash}\t{content.Size}");
            return ExitCode.Ok;
        });
        return command;
    }

    private Command Get()
    {
        var command = new Command("get", "Writes stored bytes to standard output.")
        {
            Flags.Store.Option, _hash, _range,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var hash = HashOf(result);
            await using var store = await OpenAsync(result, cancellationToken).ConfigureAwait(false);
            var (content, _) = await DescribeAsync(store, hash, cancellationToken).ConfigureAwait(false);
            var (start, end) = RangeOf(result.GetValue(_range), content.Size);
            await CopyAsync(store, content, start, end, cancellationToken).ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }

    private Command Show()
    {
        var command = new Command(
            "show",
            "Prints hash, size, chunks and stored bytes of content, then of each term the offset, length, xorb, chunks "
            + "and stored bytes.")
        {
            Flags.Store.Option, _hash,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var hash = HashOf(result);
            await using var store = await OpenAsync(result, cancellationToken).ConfigureAwait(false);
            var (content, terms) = await DescribeAsync(store, hash, cancellationToken).ConfigureAwait(false);
            var chunks = terms.Sum(term => (long)(term.ChunkEnd - term.ChunkStart));
            var stored = terms.Aggregate(0UL, (sum, term) => sum + term.StoredBytes);
            var xorbs = terms.Select(term => term.Xorb).Distinct().Count();
            Print(
                $"{content.Hash}\tsize {content.Size}\tterms {terms.Count}\txorbs {xorbs}\tchunks {chunks}\tstored {stored}");
            foreach (var term in terms)
            {
                var chunkRange = $"{term.ChunkStart}-{term.ChunkEnd}";
                Print($"{term.Offset}\t{term.Length}\t{term.Xorb}\t{chunkRange}\t{term.StoredBytes}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private Task<IStore> OpenAsync(ParseResult result, CancellationToken cancellationToken) =>
        StoreOpener.OpenStoreAsync(
            Flags.Store.Resolve(result, _environment), _clock, NullLoggerFactory.Instance, cancellationToken);

    private static async Task<ContentDescription> DescribeAsync(
        IStore store, MerkleHash hash, CancellationToken cancellationToken) =>
        store.Content is IContentInspector inspector
            ? Value(await inspector.DescribeAsync(hash, cancellationToken).ConfigureAwait(false))
            : throw new UsageException("This kind of store cannot be looked into.");

    private static async Task CopyAsync(
        IStore store, ContentId content, ulong start, ulong end, CancellationToken cancellationToken)
    {
        var output = Console.OpenStandardOutput();
        await using (output.ConfigureAwait(false))
        {
            var block = new byte[(int)Math.Min(BlockBytes, end - start)];
            while (start < end)
            {
                var part = block.AsMemory(0, (int)Math.Min((ulong)block.Length, end - start));
                Value(await store.Content.ReadAsync(content, start, part, cancellationToken).ConfigureAwait(false));
                await output.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                start += (ulong)part.Length;
            }
        }
    }

    private MerkleHash HashOf(ParseResult result)
    {
        var text = result.GetValue(_hash)!;
        return MerkleHash.TryParse(text, out var hash)
            ? hash
            : throw new UsageException($"HASH takes 64 hex digits, not '{PlainText.Escape(text)}'.");
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

    private static T Value<T>(CasResult<T> result) => result.IsOk
        ? result.Value
        : throw new UsageException($"The store says {result.Error}: {result.Detail?.TrimEnd('.')}.");

    private void Print(FormattableString line) => _output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
