using Vfs.Core.Metadata;
using Vfs.Core.Ranges;

namespace Vfs.Core.Content;

/// <summary>
/// What of one file has to become durable, and what the database says of it. Guarded by the content's lock.
/// </summary>
internal sealed class DurableState
{
    private List<RequestRow> _requests = [];

    /// <summary>Dirty ranges that the database does not know yet.</summary>
    public RangeSet Pending { get; } = new();

    /// <summary>
    /// Dirty ranges that the database knows, or will know before anything that is said later. Writing them again is
    /// nothing that it has to be told.
    /// </summary>
    public RangeSet Known { get; private set; } = new();

    /// <summary>Staging bytes were written since the last sync.</summary>
    public bool HasUnsynced { get; set; }

    /// <summary>Something other than added dirty ranges changed: the whole row must be written.</summary>
    public bool NeedsRow { get; set; }

    /// <summary>Clean coverage changed; worth a row at a quiet moment.</summary>
    public bool HasUnsavedCoverage { get; set; }

    /// <summary>Times or mode changed in memory by writes.</summary>
    public bool HasUnsavedAttributes { get; set; }

    /// <summary>Whether the database has a row of the file.</summary>
    public bool HasRow { get; set; }

    /// <summary>
    /// Whether that row's coverage will be believed after a crash. It must be withdrawn before staging bytes change:
    /// a crash would pass off a write that was never acknowledged as bytes of the base.
    /// </summary>
    public bool IsTrusted { get; private set; }

    /// <summary>Length of the row's log.</summary>
    public long LogLength { get; private set; }

    /// <summary>A writer waits for the coverage to be withdrawn.</summary>
    public bool WantsWithdrawal { get; set; }

    /// <summary>The round that withdraws, until it is durable.</summary>
    public SharedOutcome? Withdrawal { get; set; }

    /// <summary>Shrinks so far.</summary>
    public long Shrinks { get; set; }

    /// <summary>How many of them a durable row has. Rounds overlap, so that each says which ones it had.</summary>
    public long DurableShrinks { get; set; }

    /// <summary>The round that will take what is noted from now on; set while somebody waits for it.</summary>
    public SharedOutcome? Next { get; set; }

    /// <summary>The latest round under way; those before it end before it does.</summary>
    public SharedOutcome? Current { get; set; }

    /// <summary>Whether a loop of rounds runs.</summary>
    public bool IsRunning { get; set; }

    /// <summary>A round ended.</summary>
    public void EndOf(SharedOutcome round)
    {
        Current = Current == round ? null : Current;
        Withdrawal = Withdrawal == round ? null : Withdrawal;
    }

    /// <summary>Whether a round would change anything on disk.</summary>
    public bool HasWork => NeedsRow || HasUnsavedAttributes || WantsWithdrawal || !Pending.IsEmpty;

    public void Restored(StoredContent stored)
    {
        HasRow = true;
        IsTrusted = stored.IsTrusted;
        LogLength = stored.LogLength;
        Known = stored.Dirty.Clone();
    }

    public void Reset()
    {
        Pending.Clear();
        Known = new RangeSet();
        NeedsRow = false;
        HasUnsavedCoverage = false;
        AttributesTaken();
        DurableShrinks = Shrinks;
    }

    /// <summary>A call changed attributes in memory; with what is to be recorded of it.</summary>
    public void Changed(RequestRow? request)
    {
        HasUnsavedAttributes = true;
        if (request is not null)
        {
            _requests.Add(request);
        }
    }

    /// <summary>Attributes are on their way; the calls that changed them.</summary>
    public List<RequestRow> AttributesTaken()
    {
        var requests = _requests;
        _requests = [];
        HasUnsavedAttributes = false;
        return requests;
    }

    /// <summary>A full row is on its way.</summary>
    public void RowTaken(bool isTrusted, RangeSet dirty)
    {
        Known = dirty;
        HasRow = true;
        IsTrusted = isTrusted;
        LogLength = 0;
        NeedsRow = false;
        WantsWithdrawal = false;
        HasUnsavedCoverage = false;
        Pending.Clear();
    }

    /// <summary>The row is not durable after all; the one before it may still be what a crash finds.</summary>
    public void Untake(bool wasTrusted) => IsTrusted |= wasTrusted;

    /// <summary>
    /// Ranges for the log are on their way, as far as the database does not know them; with the number of the first.
    /// </summary>
    public (List<ByteRange> Ranges, long First) LogTaken()
    {
        var ranges = new List<ByteRange>();
        foreach (var range in Pending)
        {
            ranges.AddRange(Known.Missing(range));
        }

        var first = LogLength;
        LogLength += ranges.Count;
        Known.UnionWith(Pending);
        Pending.Clear();
        return (ranges, first);
    }
}
