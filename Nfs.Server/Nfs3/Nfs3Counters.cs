namespace Nfs.Server.Nfs3;

/// <summary>Calls by procedure and failures by status, since the start.</summary>
internal sealed class Nfs3Counters
{
    /// <summary>Statuses below 72 have a cell each; those from 10001 on follow.</summary>
    private const int LowStatuses = 72;
    private const int HighStatusFirst = 10001;
    private const int HighStatuses = 8;

    private readonly long[] _calls = new long[(int)NfsProc3.COMMIT + 1];
    private readonly long[] _statuses = new long[LowStatuses + HighStatuses];

    public void CountCall(uint procedure) => Interlocked.Increment(ref _calls[procedure]);

    public void CountError(NfsStat3 status) => Interlocked.Increment(ref _statuses[Cell(status)]);

    public IReadOnlyList<KeyValuePair<string, long>> Calls() =>
        [.. Enum.GetValues<NfsProc3>().Select(procedure =>
            KeyValuePair.Create(procedure.ToString(), Interlocked.Read(ref _calls[(int)procedure])))];

    public IReadOnlyList<KeyValuePair<string, long>> Errors() =>
        [.. Enum.GetValues<NfsStat3>()
            .Select(status => KeyValuePair.Create(status.ToString(), Interlocked.Read(ref _statuses[Cell(status)])))
            .Where(pair => pair.Value > 0)];

    private static int Cell(NfsStat3 status) =>
        (uint)status < LowStatuses ? (int)status : LowStatuses + (int)status - HighStatusFirst;
}
