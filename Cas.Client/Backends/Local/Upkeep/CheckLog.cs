namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Passes the findings of a check on and counts them. May be used from several threads at once.</summary>
internal sealed class CheckLog(Action<CheckFinding> found)
{
    private long _damages;
    private long _notes;

    public long Damages => Interlocked.Read(ref _damages);

    public long Notes => Interlocked.Read(ref _notes);

    /// <summary>Bytes are lost, or will be taken for others.</summary>
    public void Damage(string sentence)
    {
        Interlocked.Increment(ref _damages);
        found(new CheckFinding(IsDamage: true, sentence));
    }

    /// <summary>Worth knowing, and nobody is hurt.</summary>
    public void Note(string sentence)
    {
        Interlocked.Increment(ref _notes);
        found(new CheckFinding(IsDamage: false, sentence));
    }
}
