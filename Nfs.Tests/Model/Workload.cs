namespace Nfs.Tests.Model;

/// <summary>Makes the steps of a run from its seed, and from nothing else.</summary>
internal static class Workload
{
    private const int StepsMin = 20;
    private const int StepsMax = 60;
    private const int FileBytesMax = 50_000;
    private const int CallsTogetherMax = 3;

    private static readonly string[] s_directories = ["", "d/", "e/", "d/d/"];
    private static readonly string[] s_names = ["a", "b", "c", "d", "e"];

    private static readonly (Verb Verb, int Weight)[] s_calls =
    [
        (Verb.Create, 14), (Verb.MakeDirectory, 5), (Verb.Symlink, 2), (Verb.Write, 30), (Verb.Resize, 10),
        (Verb.Commit, 8), (Verb.Read, 8), (Verb.Rename, 10), (Verb.Remove, 6), (Verb.RemoveDirectory, 2),
        (Verb.Link, 3), (Verb.ChangeMode, 2),
    ];

    private static readonly (Verb Verb, int Weight)[] s_events =
    [
        (Verb.Sync, 8), (Verb.Evict, 5), (Verb.Pass, 10), (Verb.SetClockBack, 1), (Verb.Reopen, 3),
        (Verb.StoreFault, 8), (Verb.Heal, 4), (Verb.FailSync, 3), (Verb.FillDisk, 2), (Verb.Crash, 8),
        (Verb.WriteElsewhere, 3), (Verb.Check, 3),
    ];

    public static List<Step> Of(int seed)
    {
        var random = new Random(seed);

        // Each run leaves some kinds of operation out: what is always disturbed never gets far.
        var calls = Some(random, s_calls);
        var events = Some(random, s_events);
        var eventPercent = random.Next(5, 50);
        var togetherPercent = random.Next(3) * 20;
        var steps = new List<Step> { new([new Operation(Verb.Create) { At = "a" }]) };
        var count = random.Next(StepsMin, StepsMax);
        while (steps.Count < count)
        {
            if (random.Next(100) < eventPercent)
            {
                steps.Add(new Step([Event(random, Pick(random, events))]));
                continue;
            }

            var together = random.Next(100) < togetherPercent ? random.Next(2, CallsTogetherMax + 1) : 1;
            steps.Add(new Step([.. Enumerable.Range(0, together).Select(_ => Call(random, Pick(random, calls)))]));
        }

        return steps;
    }

    private static List<(Verb Verb, int Weight)> Some(Random random, (Verb Verb, int Weight)[] all) =>
        [.. all.Where((choice, i) => i == 0 || choice.Verb == Verb.Write || random.Next(4) > 0)];

    private static Verb Pick(Random random, List<(Verb Verb, int Weight)> from)
    {
        var at = random.Next(from.Sum(x => x.Weight));
        return from.First(x => (at -= x.Weight) < 0).Verb;
    }

    private static Operation Call(Random random, Verb verb) => new(verb)
    {
        At = verb is Verb.MakeDirectory or Verb.RemoveDirectory ? Directory(random) : AnyPath(random),
        To = verb is Verb.Rename or Verb.Link ? AnyPath(random) : "",
        Offset = verb is Verb.Write or Verb.Read ? Place(random) : 0,
        Count = verb switch
        {
            Verb.Write => random.Next(4) == 0 ? random.Next(1, 20_000) : random.Next(1, 200),
            Verb.Read => random.Next(FileBytesMax),
            Verb.Resize => random.Next(3) == 0 ? 0 : Place(random),
            Verb.ChangeMode => random.Next(0x1000),
            _ => 0,
        },
        Choice = verb is Verb.Create or Verb.Symlink or Verb.Write ? random.Next(1, 1_000_000) : 0,
    };

    private static Operation Event(Random random, Verb verb) => new(verb)
    {
        Count = verb switch
        {
            Verb.Pass => random.Next(1, 40),
            Verb.SetClockBack => random.Next(1, 100_000),
            Verb.Crash => random.Next(3) == 0 ? random.Next(10) : random.Next(120),
            _ => 0,
        },
        Choice = verb is Verb.StoreFault or Verb.Crash or Verb.WriteElsewhere ? random.Next(1, 1_000_000) : 0,
    };

    /// <summary>Mostly where things meet: the beginning, page boundaries and their neighbours.</summary>
    private static int Place(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => (random.Next(1, FileBytesMax / 4096) * 4096) + random.Next(-1, 2),
        2 => random.Next(10_000),
        _ => random.Next(FileBytesMax),
    };

    private static string AnyPath(Random random) =>
        (random.Next(2) == 0 ? "" : s_directories[random.Next(s_directories.Length)])
        + s_names[random.Next(s_names.Length)];

    private static string Directory(Random random) => random.Next(4) == 0 ? AnyPath(random)
        : s_directories[random.Next(1, s_directories.Length)].TrimEnd('/');
}
