using Vfs.Core.Namespace;

namespace Vfs.Core.Metadata;

/// <summary>
/// Changes that become durable together. Filled under the namespace gate; once closed, read by the writer alone.
/// Applying all batches in order leaves the database at a state that memory had between two operations.
/// </summary>
internal sealed class Batch(long number)
{
    public long Number { get; } = number;

    /// <summary>Objects whose row changed; the row itself is taken when the batch is closed.</summary>
    public HashSet<Inode> Changed { get; } = [];

    public List<DentryChange> Dentries { get; } = [];

    /// <summary>Content rows and log appends in order: <see cref="ContentRow"/> or <see cref="ContentAppend"/>.</summary>
    public List<object> Contents { get; } = [];

    public List<MarkChange> Marks { get; } = [];

    public List<RemoteChange> Remotes { get; } = [];

    public List<SendingChange> Sendings { get; } = [];

    public List<RequestRow> Requests { get; } = [];

    public Dictionary<string, object> Settings { get; } = [];

    /// <summary>Rows of <see cref="Changed"/>, set by <see cref="Close"/>.</summary>
    public List<InodeRow> Rows { get; } = [];

    /// <summary>
    /// None when the batch is durable, Io if that takes too long, or Again if the gateway stops before.
    /// </summary>
    public SharedOutcome Done { get; private set; } = new();

    public bool IsEmpty =>
        Changed.Count == 0 && Dentries.Count == 0 && Contents.Count == 0 && Marks.Count == 0 && Remotes.Count == 0
        && Sendings.Count == 0 && Requests.Count == 0 && Settings.Count == 0;

    /// <summary>Takes the rows as they are now. Under the gate.</summary>
    public void Close()
    {
        foreach (var inode in Changed)
        {
            Rows.Add(InodeRow.Of(inode));
        }
    }

    /// <summary>
    /// The disk is well again: those who come from here on wait for this batch, though earlier ones were answered.
    /// Under the gate; by the writer alone.
    /// </summary>
    public void Renew()
    {
        if (Done.IsGiven)
        {
            Done = new SharedOutcome();
        }
    }
}
