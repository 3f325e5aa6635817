using System.Globalization;
using NUnit.Framework;

namespace Nfs.Tests.Fuzz;

// If these fail, whoever can send or damage an object can stop the gateway or fill its memory. A run is repeated and
// made longer by FUZZ_SEED and FUZZ_ITERATIONS.
[TestFixture]
internal sealed class FuzzLoopTests
{
    private const int IterationsDefault = 6_000;

    private static readonly ulong s_seed = ulong.Parse(
        Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "20261121", CultureInfo.InvariantCulture);

    private static readonly long s_iterations = long.Parse(
        Environment.GetEnvironmentVariable("FUZZ_ITERATIONS") ?? $"{IterationsDefault}", CultureInfo.InvariantCulture);

    [Test]
    public void Xorbs_Mutated_AreReadOrRefused() => Run(XorbTarget.Loop(s_seed));

    [Test]
    public void Shards_Mutated_AreReadOrRefused() => Run(ShardTarget.Loop(s_seed));

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

    private static void Run(FuzzLoop loop)
    {
        var finding = loop.Run(0, iteration => iteration < s_iterations);

        Assert.That(finding, Is.Null, () =>
            $"seed {s_seed}, iteration {finding!.Iteration}: {finding.Problem}\n{Convert.ToHexString(finding.Input)}");
        Assert.That(loop.Accepted + loop.Refused, Is.EqualTo(s_iterations));
        Assert.That(loop.Refused, Is.GreaterThan(s_iterations / 10), "mutations that do damage");
        Assert.That(loop.Accepted, Is.GreaterThan(s_iterations / 100), "mutations that get deep");
    }
}
