using System.Globalization;
using Cas.Client;

namespace Vfs.Core.Content;

/// <summary>A part of the store that may be away while the other answers.</summary>
internal enum StoreHalf
{
    /// <summary>Bytes of files.</summary>
    Content,

    /// <summary>Names.</summary>
    Tree,
}

/// <summary>Whether the store answers, since when, and how much went either way. May be used from any thread.</summary>
internal sealed class StoreHealth(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly bool[] _isAway = new bool[2]; // By half.
    private bool _isReachable = true;
    private DateTimeOffset _since = clock.GetUtcNow();
    private string? _lastFailure;
    private string? _givenUp;
    private ulong _fetched;
    private ulong _stored;

    /// <summary>Whether the last contact succeeded, since when that is so, and the last failure of any kind.</summary>
    public (bool IsReachable, DateTimeOffset Since, string? LastFailure) State
    {
        get
        {
            lock (_gate)
            {
                return (_isReachable, _since, _givenUp ?? _lastFailure);
            }
        }
    }

    /// <summary>Bytes fetched from the store since the start.</summary>
    public ulong FetchedBytes => Volatile.Read(ref _fetched);

    /// <summary>Bytes sent to the store since the start.</summary>
    public ulong StoredBytes => Volatile.Read(ref _stored);

    /// <summary>Notes the outcome of a contact with one half.</summary>
    public void Note(StoreHalf half, CasError error, string? detail) => Note([half], error, detail);

    /// <summary>Notes whether all of the store gave a sign of life.</summary>
    public void NoteProbe(CasError error, string? detail) => Note([StoreHalf.Content, StoreHalf.Tree], error, detail);

    /// <summary>Notes that readers of a file are told that it failed; that stays in the status until bytes come.</summary>
    public void NoteGivenUp(InodeId inode, TimeSpan after, string reason)
    {
        lock (_gate)
        {
            _givenUp = string.Create(
                CultureInfo.InvariantCulture,
                $"nothing of inode {inode} came for {after.TotalSeconds:0} s, and its readers get an I/O error: {reason}");
        }
    }

    /// <summary>Notes a failure that is not the store's.</summary>
    public void NoteFailure(string detail)
    {
        lock (_gate)
        {
            _lastFailure = detail;
        }
    }

    public void Fetched(ulong bytes)
    {
        Interlocked.Add(ref _fetched, bytes);
        lock (_gate)
        {
            _givenUp = null;
        }
    }

    public void Stored(ulong bytes) => Interlocked.Add(ref _stored, bytes);

    /// <summary>A refusal is an answer: only transient errors mean "not reachable".</summary>
    private void Note(ReadOnlySpan<StoreHalf> halves, CasError error, string? detail)
    {
        lock (_gate)
        {
            foreach (var half in halves)
            {
                _isAway[(int)half] = error.IsTransient();
            }

            var isReachable = !_isAway.Contains(true);
            if (isReachable != _isReachable)
            {
                _isReachable = isReachable;
                _since = clock.GetUtcNow();
            }

            _lastFailure = error == CasError.None ? _lastFailure : detail ?? error.ToString();
        }
    }
}
