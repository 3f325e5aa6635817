using System.Text.Json;
using Cas.Client.Xorbs;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Xorbs;

// If these fail, arrays of numbers take more room than with other clients.
[TestFixture]
internal sealed class GroupingChoiceTests
{
    private static IEnumerable<TestCaseData> Cases =>
        GoldenFile.Json("bg4-choice.json").GetProperty("cases").EnumerateArray()
            .Select(entry => new TestCaseData(entry).SetArgDisplayNames(entry.GetProperty("name").GetString()!));

    [TestCaseSource(nameof(Cases))]
    public void Of_Vector_CountsAndChoosesTheSame(JsonElement entry)
    {
        var data = GoldenInput.Make(entry.GetProperty("generator"));
        var histograms = new int[36];

        GroupingChoice.Count(data, histograms);

        Assert.That(histograms, Is.EqualTo(entry.GetProperty("popcountHistograms").EnumerateArray()
            .SelectMany(position => position.EnumerateArray()).Select(bin => bin.GetInt32())));
        Assert.That(GroupingChoice.Of(data), Is.EqualTo(entry.GetProperty("choice").GetString() switch
        {
            "lz4" => CompressionScheme.Lz4,
            "bg4-lz4" => CompressionScheme.GroupedLz4,
            var other => throw new InvalidDataException(other),
        }));
    }
}
