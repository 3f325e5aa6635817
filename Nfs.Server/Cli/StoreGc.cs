using System.CommandLine;
using Cas.Client;
using Nfs.Server.Units;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary><c>nfsgw store gc --store URL</c></summary>
internal static class StoreGc
{
    private static readonly Option<string[]> s_states = new("--state")
    {
        Description = "Where a gateway's state is now that was moved since it used the store; may be given again.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> s_forgotten = new("--forget")
    {
        Description = "The name of a state that is gone for good; may be given again. What only it needs is deleted.",
        HelpName = "ID",
        DefaultValueFactory = _ => [],
    };

    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "gc",
            "Deletes what nobody needs from a store: neither its tree, nor the state of a gateway that has used it, also "
            + "of a stopped one; and not younger than --keep. No gateway may use the store meanwhile. It may be "
            + "interrupted at any moment.")
        {
            Flags.Store.Option, Flags.Keep.Option, Flags.DryRun.Option, s_states, s_forgotten,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var store = await context.OpenUpkeepAsync(result, cancellationToken).ConfigureAwait(false);
            var request = new SweepRequest
            {
                Keep = context.Resolve(result, Flags.Keep),
                IsDryRun = context.Resolve(result, Flags.DryRun),
                ReadState = (note, each) => Read(note, result.GetValue(s_states)!, store.Identity, each),
                ForgottenStates = result.GetValue(s_forgotten)!,
            };
            var swept = CommandContext.Value(
                await store.SweepAsync(request, cancellationToken).ConfigureAwait(false));
            FormattableString shards = $"shards {swept.ShardsDeleted}\tnew shards {swept.ShardsWritten}";
            var verb = request.IsDryRun ? "would free" : "freed";
            var size = Size(swept.BytesFreed);
            context.Print(
                $"{verb}\t{swept.BytesFreed}\t{size}\txorbs {swept.XorbsDeleted}\t{shards}\tfiles {swept.FilesForgotten}");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A new shard may take more than the small ones that it replaces.</summary>
    private static string Size(long bytes) => (bytes < 0 ? "-" : "") + ByteSize.Format((ulong)Math.Abs(bytes));

    private static void Read(StateNote note, string[] moved, string store, Action<ContentId> each)
    {
        try
        {
            StateContents.Read(note.Path, note.Id, store, each);
        }
        catch (StateUnavailableException e)
        {
            if (!moved.Any(path => TryRead(note, path, store, each)))
            {
                throw new UsageException(
                    $"{e.Message} Bring it back, or say where it is now with --state DIR; if it is gone for good, with "
                    + $"all that only it had, give --forget {note.Id}.");
            }
        }
    }

    private static bool TryRead(StateNote note, string path, string store, Action<ContentId> each)
    {
        try
        {
            StateContents.Read(path, note.Id, store, each);
            return true;
        }
        catch (StateUnavailableException)
        {
            return false;
        }
    }
}
