using Nfs.Tests.Model.Store;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Model;

/// <summary>
/// What the gateway may be at this moment: one world, or several while calls that ran together or a crash have not been
/// looked at. Fails when none is left.
/// </summary>
internal sealed class Reference(StoreHistory history)
{
    private readonly HashSet<ulong> _known = [];
    private readonly HashSet<ulong> _verifiers = [];
    private readonly Dictionary<InodeId, Timestamp> _ctimes = [];
    private List<World> _worlds = [new()];
    private ulong? _verifier;

    /// <summary>One of the worlds; the only one between two steps.</summary>
    public World World => _worlds[0];

    public bool IsAmbiguous => _worlds.Count > 1;

    public bool IsKnown(InodeId id) =>
        _worlds.TrueForAll(world => world.Find(id) is not { IsFile: true, IsKnown: false });

    /// <summary>Calls ran at the same time.</summary>
    public void Explain(List<Call> calls)
    {
        history.Note(World);
        var worlds = _worlds.SelectMany(world => Explanation.Of(world, calls, history.Note)).ToList();
        Assert.That(worlds, Is.Not.Empty, () => "R-3, R-5, R-6: no order of the calls gives these answers: "
            + string.Join(", ", calls.Select(call => $"{call.Operation}: {call.Reply?.Error.ToString() ?? "none"}")));
        _worlds = worlds;
    }

    /// <summary>Leaves the worlds that look like what is seen.</summary>
    public void Narrow(Observation seen)
    {
        var differences = _worlds.ConvertAll(seen.CompareWith);
        _worlds = [.. _worlds.Where((_, i) => differences[i] is null)];
        Assert.That(
            _worlds, Is.Not.Empty, () => "R-1, R-4, R-5: " + string.Join("; or ", differences.Distinct().Take(4)));
        foreach (var (id, attributes) in seen.Attributes)
        {
            Assert.That(
                attributes.Ctime.CompareTo(_ctimes.GetValueOrDefault(id)), Is.Not.Negative, $"ctime of inode {id}");
            _ctimes[id] = attributes.Ctime;
        }
    }

    /// <summary>A file was read whole.</summary>
    public void Look(InodeId id, byte[] found)
    {
        var problems = _worlds.ConvertAll(world => world.Find(id)?.Find(found));
        _worlds = [.. _worlds.Where((_, i) => problems[i] is null)];
        Assert.That(
            _worlds, Is.Not.Empty, () => $"R-1, R-3: inode {id}: " + string.Join("; or ", problems.Distinct()));
        history.Note(World);
    }

    /// <summary>The machine stopped.</summary>
    public void Crash()
    {
        _worlds.ForEach(world => world.Crash());
        ForgetVerifier();

        // Times of what was not durable go back with it.
        _ctimes.Clear();
    }

    /// <summary>The gateway ended in an orderly way: everything is durable, but of these files.</summary>
    public void Stop(HashSet<InodeId> lost)
    {
        foreach (var (_, node) in World.All().Where(x => !lost.Contains(new InodeId(x.Node.Id))))
        {
            node.Change(state => state.IsLoose ? state : state.Settle());
        }

        ForgetVerifier();
    }

    /// <summary>The disk lost what was not durable of a file.</summary>
    public void Lose(InodeId id)
    {
        foreach (var world in _worlds)
        {
            world.Find(id)?.Change(state => state.Lose());
        }

        _ctimes.Remove(id);
    }

    /// <summary>Writes were lost, and this verifier must tell the clients so.</summary>
    public void NoteLoss(ulong verifier)
    {
        ForgetVerifier();
        NoteVerifier(verifier);
    }

    public void NoteVerifier(ulong? verifier)
    {
        if (verifier is { } value)
        {
            Assert.That(_verifiers, Does.Not.Contain(value), "R-1: writes were lost, and the verifier is the same");
            Assert.That(value, Is.EqualTo(_verifier ?? value), "the verifier changed, and nothing was lost");
            _verifier = value;
        }
    }

    /// <summary>A step is over, and nothing that runs can tell the worlds apart any more.</summary>
    public void Rest()
    {
        _worlds.Skip(1).ToList().ForEach(World.Merge);
        _worlds = [World];
        World.ForgetCalls();
        _known.UnionWith(World.All().Select(x => x.Node.Id));
    }

    /// <summary>Objects that are gone stay gone.</summary>
    public void CheckGone(Func<InodeId, VfsError> find)
    {
        var gone = _known.Except(World.All().Select(x => x.Node.Id));
        Assert.That(gone.Select(id => find(new InodeId(id))), Is.All.EqualTo(VfsError.Stale), "R-4");
    }

    private void ForgetVerifier()
    {
        if (_verifier is { } old)
        {
            _verifiers.Add(old);
        }

        _verifier = null;
    }
}
