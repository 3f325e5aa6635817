using System.Globalization;
using System.Text;

namespace Nfs.Tests.Model;

/// <summary>What an <see cref="Operation"/> does; which of its fields count is said here.</summary>
internal enum Verb
{
    /// <summary>At; Choice: bit 0 guarded, bit 1 with size 0.</summary>
    Create,

    /// <summary>At.</summary>
    MakeDirectory,

    /// <summary>At; Choice is the target.</summary>
    Symlink,

    /// <summary>At, Offset, Count; Choice: the bytes, and modulo 3 the stability.</summary>
    Write,

    /// <summary>At, Count.</summary>
    Resize,

    /// <summary>At.</summary>
    Commit,

    /// <summary>At, Offset, Count.</summary>
    Read,

    /// <summary>At, To.</summary>
    Rename,

    /// <summary>At.</summary>
    Remove,

    /// <summary>At.</summary>
    RemoveDirectory,

    /// <summary>At, To.</summary>
    Link,

    /// <summary>At, Count.</summary>
    ChangeMode,

    /// <summary>Everything is sent to the store.</summary>
    Sync,

    /// <summary>What the store has is dropped here.</summary>
    Evict,

    /// <summary>Count seconds pass; what becomes due then goes on while the next steps run.</summary>
    Pass,

    /// <summary>The wall clock is set back by Count seconds.</summary>
    SetClockBack,

    /// <summary>An orderly end and a start.</summary>
    Reopen,

    /// <summary>Choice: what happens to a call of the store (<see cref="Store.StoreFault"/>), and to which.</summary>
    StoreFault,

    /// <summary>The store and the disk are well again; calls that were late arrive.</summary>
    Heal,

    /// <summary>The sync of a staging file in the next step fails.</summary>
    FailSync,

    /// <summary>Writes to the disk find no space in the next step.</summary>
    FillDisk,

    /// <summary>Count changes of the disk later the machine stops; Choice decides what survives.</summary>
    Crash,

    /// <summary>Another writer changes something of his own in the store's tree; Choice says what.</summary>
    WriteElsewhere,

    /// <summary>Everything is compared.</summary>
    Check,
}

/// <summary>
/// One line of a run. It names objects by their paths, so that it means something whatever came before it; an
/// operation on what is not there is left out. The text form is read back by <see cref="Parse"/>.
/// </summary>
internal sealed record Operation(Verb Verb)
{
    public string At { get; init; } = "";

    public string To { get; init; } = "";

    public int Offset { get; init; }

    public int Count { get; init; }

    public int Choice { get; init; }

    /// <summary>Whether a client asks for it; several of these may run at the same time.</summary>
    public bool IsCall => Verb <= Verb.ChangeMode;

    public static Operation Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fields = words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return new Operation(Enum.Parse<Verb>(words[0]))
        {
            At = fields.GetValueOrDefault(nameof(At), ""),
            To = fields.GetValueOrDefault(nameof(To), ""),
            Offset = int.Parse(fields.GetValueOrDefault(nameof(Offset), "0"), CultureInfo.InvariantCulture),
            Count = int.Parse(fields.GetValueOrDefault(nameof(Count), "0"), CultureInfo.InvariantCulture),
            Choice = int.Parse(fields.GetValueOrDefault(nameof(Choice), "0"), CultureInfo.InvariantCulture),
        };
    }

    public override string ToString()
    {
        var text = new StringBuilder(Verb.ToString());
        foreach (var (name, value) in new[] { (nameof(At), At), (nameof(To), To) })
        {
            text.Append(value.Length > 0 ? $" {name}={value}" : "");
        }

        (string, int)[] numbers = [(nameof(Offset), Offset), (nameof(Count), Count), (nameof(Choice), Choice)];
        foreach (var (name, value) in numbers)
        {
            text.Append(value != 0 ? string.Create(CultureInfo.InvariantCulture, $" {name}={value}") : "");
        }

        return text.ToString();
    }
}

/// <summary>Operations that begin together; more than one only if clients ask for all of them.</summary>
internal sealed record Step(IReadOnlyList<Operation> Operations)
{
    private const string Beside = " | ";

    /// <summary>A run from its lines.</summary>
    public static List<Step> ParseAll(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => new Step([.. line.Split(Beside).Select(Operation.Parse)]))];

    public override string ToString() => string.Join(Beside, Operations);
}
