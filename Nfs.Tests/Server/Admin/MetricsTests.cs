using System.Globalization;
using System.Text.RegularExpressions;
using Nfs.Server.Admin;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Admin;

// If these fail, Prometheus refuses the page and operators are blind.
public sealed partial class MetricsTests
{
    [Test]
    public void Write_IsValidExposition()
    {
        var text = GatewayMetrics.Write(Statuses.Full(), Statuses.Wire);

        var samples = Parse(text);
        Assert.That(samples["nfsgw_calls_total{procedure=\"READ\"}"], Is.EqualTo(7));
        Assert.That(samples["nfsgw_errors_total{status=\"NFS3ERR_NOENT\"}"], Is.EqualTo(1));
        Assert.That(samples["nfsgw_rpc_errors_total"], Is.EqualTo(12));
        Assert.That(samples["nfsgw_duplicate_hits_total"], Is.EqualTo(13));
        Assert.That(samples["nfsgw_dirty_bytes"], Is.EqualTo(12345));
        Assert.That(samples["nfsgw_dirty_files"], Is.EqualTo(3));
        Assert.That(samples["nfsgw_oldest_dirty_seconds"], Is.EqualTo(4.5));
        Assert.That(samples["nfsgw_oldest_call_seconds"], Is.EqualTo(0));
        Assert.That(samples["nfsgw_store_up"], Is.EqualTo(0));
        Assert.That(samples["nfsgw_store_stored_bytes_total"], Is.EqualTo(ulong.MaxValue));
        Assert.That(samples["nfsgw_conflicts_total"], Is.EqualTo(10));
        Assert.That(samples["nfsgw_remote_changes_total"], Is.EqualTo(11));
        Assert.That(samples["nfsgw_connections"], Is.EqualTo(2));
        Assert.That(samples["nfsgw_process_resident_memory_bytes"], Is.GreaterThan(1 << 20));
        Assert.That(samples["nfsgw_process_open_fds"], Is.GreaterThan(2));
        Assert.That(samples.Keys, Has.All.StartsWith("nfsgw_"));
    }

    // A call that never ends is a program that hangs; an operator has to see it before users tell.
    [Test]
    [Covers("N-224")]
    public void TheOldestCall_IsSeen()
    {
        var text = GatewayMetrics.Write(Statuses.Full() with { OldestCallSeconds = 61.5 }, Statuses.Wire);

        Assert.That(Parse(text)["nfsgw_oldest_call_seconds"], Is.EqualTo(61.5));
    }

    [Test]
    public void Labels_AreEscaped()
    {
        var text = new MetricsText();
        text.Header("x", "gauge", "back\\slash\nline");
        text.Sample("x", double.PositiveInfinity, ("a", "quote\" back\\slash\nline"), ("b", ""));

        Assert.That(text.ToString(), Is.EqualTo(
            "# HELP x back\\\\slash\\nline\n# TYPE x gauge\nx{a=\"quote\\\" back\\\\slash\\nline\",b=\"\"} +Inf\n"));
    }

    /// <summary>Reads the format as its specification has it, and fails on anything else.</summary>
    private static Dictionary<string, double> Parse(string text)
    {
        Assert.That(text, Does.EndWith("\n"));
        var samples = new Dictionary<string, double>();
        var families = new HashSet<string>();
        var family = "";
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                family = help.Groups[1].Value;
                Assert.That(families.Add(family), Is.True, $"{family} comes twice");
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                Assert.That(type.Groups[1].Value, Is.EqualTo(family));
                Assert.That(
                    family.EndsWith("_total", StringComparison.Ordinal), Is.EqualTo(type.Groups[2].Value == "counter"));
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.That(sample.Success, Is.True, line);
                Assert.That(sample.Groups[1].Value, Is.EqualTo(family));
                samples.Add(
                    sample.Groups[1].Value + sample.Groups[2].Value,
                    double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture));
            }
        }

        return samples;
    }

    [GeneratedRegex("^# HELP ([a-z_:][a-z0-9_:]*) (.+)$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE ([a-z_:][a-z0-9_:]*) (gauge|counter)$")]
    private static partial Regex Type();

    [GeneratedRegex(
        "^([a-z_:][a-z0-9_:]*)(\\{(?:[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\n\"])*\",?)+\\})? ([-+0-9.eE]+|NaN|[+-]Inf)$")]
    private static partial Regex Sample();
}
