using System.Collections.Immutable;
using XetHub.Catalog;
using XetHub.Http;

namespace XetHub.Faults;

/// <summary>The faults that are switched on. May be changed at any time, from several threads at once.</summary>
internal sealed class FaultBoard(Func<CatalogState> trees, TimeProvider time)
{
    private ImmutableList<SetFault> _faults = []; // Replaced as a whole.

    public IReadOnlyList<SetFault> All => Volatile.Read(ref _faults);

    /// <summary>Switches a fault on, beside those that are.</summary>
    public SetFault Add(Fault fault)
    {
        var set = Make(fault);
        ImmutableInterlocked.Update(ref _faults, all => all.Add(set));
        return set;
    }

    /// <summary>Switches all off, and these on.</summary>
    public void Replace(IEnumerable<Fault> faults)
    {
        ImmutableList<SetFault> all = [.. faults.Select(Make)];
        ImmutableInterlocked.Update(ref _faults, _ => all);
    }

    public void Clear() => Replace([]);

    public void Remove(SetFault fault) => ImmutableInterlocked.Update(ref _faults, all => all.Remove(fault));

    /// <summary>The faults that hit a request.</summary>
    public IReadOnlyList<SetFault> Hit(RequestKind kind)
    {
        var all = Volatile.Read(ref _faults);
        return all.IsEmpty ? [] : [.. all.Where(fault => fault.TryHit(kind))];
    }

    private SetFault Make(Fault fault) => fault.Check() is { } problem
        ? throw new ArgumentException(problem, nameof(fault))
        : new SetFault(this, fault, trees(), time);
}
