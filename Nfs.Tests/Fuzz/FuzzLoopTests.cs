using System.Diagnostics;
using System.Globalization;
using Nfs.Tests.Fixtures;
using Nfs.Tests.Fuzz.Wire;
using NUnit.Framework;

namespace Nfs.Tests.Fuzz;

// If these fail, whoever can send or damage an object can stop the gateway or fill its memory. A run is repeated and
// made longer by FUZZ_SEED and FUZZ_ITERATIONS, or by FUZZ_SECONDS for each target.
[TestFixture]
[Parallelizable(ParallelScope.Children)]
internal sealed class FuzzLoopTests
{
    private const int IterationsDefault = 6_000;

    /// <summary>How much longer an input takes that must be a file, or goes to a server.</summary>
    private const int FileCost = 20;
    private const int ServerCost = 4;

    private static readonly ulong s_seed = ulong.Parse(
        Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "20261121", CultureInfo.InvariantCulture);

    private static readonly long s_iterations = long.Parse(
        Environment.GetEnvironmentVariable("FUZZ_ITERATIONS") ?? $"{IterationsDefault}", CultureInfo.InvariantCulture);

    private static readonly TimeSpan? s_time = Environment.GetEnvironmentVariable("FUZZ_SECONDS") is { } seconds
        ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))
        : null;

    [Test]
    public void Xorbs_Mutated_AreReadOrRefused() => Run(XorbTarget.Loop(s_seed), s_iterations);

    [Test]
    public void Shards_Mutated_AreReadOrRefused() => Run(ShardTarget.Loop(s_seed), s_iterations);

    [Test]
    public void Lz4Frames_Mutated_AreReadOrRefused() => Run(Lz4Target.Loop(s_seed), s_iterations);

    [Test]
    public void Recipes_OfMutatedShards_AreReadOrRefused()
    {
        using var target = new RecipeTarget();
        Run(target.Loop(s_seed), s_iterations);
    }

    [Test]
    public async Task Indexes_Mutated_AreReadMadeAnewOrRefused()
    {
        using var target = await IndexTarget.CreateAsync();
        Run(target.Loop(s_seed), s_iterations / FileCost, refusedShare: 0);
    }

    [Test]
    [Covers("N-12", "N-15", "N-16", "N-17")]
    public void Records_OfMutatedFragments_AreThoseOfAPlainReading() =>
        Run(RecordTarget.Loop(s_seed), s_iterations, refusedShare: 0.02);

    [Test]
    [Covers("N-1", "N-2", "N-3", "N-7", "N-11", "N-12")]
    public void Calls_Mutated_AreDecodedExactlyWhenTheyAreWellFormed() => Run(CallTarget.Loop(s_seed), s_iterations);

    [Test]
    [Covers("N-71", "N-76")]
    public void Handles_Mutated_AreNeverTaken() => Run(HandleTarget.Loop(s_seed), s_iterations);

    [Test]
    [Covers("N-12", "N-35")]
    public async Task Calls_MutatedBeforeAGateway_EndInOneReplyOrAClosedConnection()
    {
        using var tree = await FuzzedTree.CreateAsync();
        Run(new GatewayTarget(tree).Loop(s_seed), s_iterations / ServerCost);
    }

    [Test]
    [Covers("N-12", "N-18", "N-37")]
    public async Task Connections_WithMutatedStreams_AreAnsweredCallByCallAndClosed()
    {
        using var tree = await FuzzedTree.CreateAsync();
        using var target = new ConnectionTarget(tree);
        Run(target.Loop(s_seed), s_iterations / ServerCost);
    }

    [Test]
    public void Run_TargetThatCrashes_TellsTheInputThatDoesIt()
    {
        byte[][] samples = [[1, 2, 3, 4]];
        static void Target(byte[] input)
        {
            if (input.Length > 3 && input[3] > 100)
            {
                throw new IndexOutOfRangeException("a defect");
            }
        }

        var loop = new FuzzLoop(samples, Target, e => e is InvalidDataException, 7);
        var finding = loop.Run(0, iteration => iteration < 10_000);

        Assert.That(finding!.Problem, Does.Contain("a defect"));
        Assert.That(loop.Input(finding.Iteration), Is.EqualTo(finding.Input));
        Assert.That(() => Target(finding.Input), Throws.TypeOf<IndexOutOfRangeException>());
    }

    [Test]
    public void Run_TargetThatAllocates_IsFound()
    {
        var loop = new FuzzLoop([new byte[8]], _ => GC.KeepAlive(new byte[2_000_000]), _ => false, 7);

        Assert.That(loop.Run(0, iteration => iteration < 10)!.Problem, Does.Contain("allocated"));
    }

    private static void Run(FuzzLoop loop, long iterationsMin, double refusedShare = 0.1)
    {
        var watch = Stopwatch.StartNew();
        var finding = loop.Run(0, iteration => s_time is { } time ? watch.Elapsed < time : iteration < iterationsMin);

        Assert.That(finding, Is.Null, () =>
            $"seed {s_seed}, iteration {finding!.Iteration}: {finding.Problem}\n{Convert.ToHexString(finding.Input)}");
        var iterations = loop.Accepted + loop.Refused;
        TestContext.Out.WriteLine($"{iterations} iterations, {loop.Accepted} accepted, {watch.Elapsed}");
        Assert.That(iterations, Is.GreaterThanOrEqualTo(s_time is null ? iterationsMin : 1));
        Assert.That(loop.Refused, Is.GreaterThanOrEqualTo(iterations * refusedShare), "mutations that do damage");
        Assert.That(loop.Accepted, Is.GreaterThan(iterations / 100), "mutations that get deep");
    }
}
