using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz;

/// <summary>What went wrong with one input.</summary>
/// <param name="Iteration">Which one; <see cref="FuzzLoop.Input"/> makes it again.</param>
/// <param name="Input">The input.</param>
/// <param name="Problem">What the target did.</param>
internal sealed record FuzzFinding(long Iteration, byte[] Input, string Problem);

/// <summary>One change of an input, which it may change in place; other samples are there to take parts from.</summary>
internal delegate byte[] Mutation(byte[] input, IReadOnlyList<byte[]> samples, SplitMix64 random);

/// <summary>
/// Feeds mutated inputs to a target, which may accept them, or refuse them by the exception that it documents, and may
/// not allocate more than the input and <see cref="AllocationSlack"/>. Every iteration depends on the seed and its
/// number only. Knows no test framework: a command runs it for longer.
/// </summary>
internal sealed class FuzzLoop(
    IReadOnlyList<byte[]> samples, Action<byte[]> target, Func<Exception, bool> isRefusal, ulong seed,
    Mutation? mutate = null)
{
    private readonly Mutation _mutate = mutate ?? ByteMutation.Apply;

    /// <summary>What a target may allocate beyond the length of its input.</summary>
    public long AllocationSlack { get; init; } = 1024 * 1024;

    /// <summary>Mutations of one input: fewer get deeper.</summary>
    public int MutationsMax { get; init; } = 6;

    /// <summary>Inputs that the target accepted in the last run.</summary>
    public long Accepted { get; private set; }

    /// <summary>Inputs that it refused.</summary>
    public long Refused { get; private set; }

    /// <summary>
    /// Runs iterations from <paramref name="first"/> on as long as <paramref name="goesOn"/> agrees to the next one;
    /// the first finding, or null.
    /// </summary>
    public FuzzFinding? Run(long first, Func<long, bool> goesOn)
    {
        (Accepted, Refused) = (0, 0);
        for (var iteration = first; goesOn(iteration); iteration++)
        {
            var input = Input(iteration);
            if (Try(input) is { } problem)
            {
                return new FuzzFinding(iteration, input, problem);
            }
        }

        return null;
    }

    /// <summary>The input of an iteration.</summary>
    public byte[] Input(long iteration)
    {
        var random = new SplitMix64(seed ^ ((ulong)iteration * 0x9E3779B97F4A7C15));
        var input = samples[random.Below(samples.Count)].ToArray();
        var count = 1 + random.Below(MutationsMax);
        for (var i = 0; i < count; i++)
        {
            input = _mutate(input, samples, random);
        }

        return input;
    }

    private string? Try(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target(input);
            Accepted++;
        }
        catch (Exception refusal) when (isRefusal(refusal))
        {
            Refused++;
        }
        catch (Exception crash)
        {
            return crash.ToString();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > input.Length + AllocationSlack
            ? $"allocated {allocated} bytes for an input of {input.Length}"
            : null;
    }
}
