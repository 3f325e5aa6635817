using Nfs.Server.Units;
using NUnit.Framework;

namespace Nfs.Tests.Server.Units;

// If these fail, files wait a thousand times too long for the store, or a typing error goes unnoticed.
public sealed class DurationTests
{
    [TestCase("0s", 0)]
    [TestCase("500ms", 500)]
    [TestCase("2s", 2_000)]
    [TestCase("1m", 60_000)]
    [TestCase("24h", 86_400_000)]
    public void Parse_Accepted(string text, int milliseconds) => Assert.That(
        Duration.Parse(text), Is.EqualTo(new Parsed<TimeSpan>(TimeSpan.FromMilliseconds(milliseconds), null)));

    [TestCase("")]
    [TestCase("2")]
    [TestCase("s")]
    [TestCase("-2s")]
    [TestCase("1.5s")]
    [TestCase("2 s")]
    [TestCase("2S")]
    [TestCase("2sec")]
    [TestCase("25h")]
    [TestCase("4294967296ms")]
    [TestCase("4294967295h")]
    public void Parse_Nonsense_SaysWhatIsAccepted(string text) =>
        Assert.That(Duration.Parse(text).Accepted, Does.Contain("500ms"));

    [TestCase(0.04, "0s")]
    [TestCase(1.25, "1.3s")]
    [TestCase(61, "1m 1s")]
    [TestCase(3_700, "1h 1m")]
    [TestCase(100_000, "1d 3h")]
    public void Format_ForPeople(double seconds, string text) =>
        Assert.That(Duration.Format(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));
}
