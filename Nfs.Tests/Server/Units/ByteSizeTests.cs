using Nfs.Server.Units;
using NUnit.Framework;

namespace Nfs.Tests.Server.Units;

// If these fail, a cache is a thousand times too large or small, or a typing error goes unnoticed.
public sealed class ByteSizeTests
{
    [TestCase("0", 0UL)]
    [TestCase("4096", 4096UL)]
    [TestCase("7B", 7UL)]
    [TestCase("1K", 1024UL)]
    [TestCase("512MiB", 512UL << 20)]
    [TestCase("512mib", 512UL << 20)]
    [TestCase("1G", 1UL << 30)]
    [TestCase("10GiB", 10UL << 30)]
    [TestCase("3T", 3UL << 40)]
    [TestCase("10GB", 10_000_000_000UL)]
    [TestCase("1kB", 1000UL)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    public void Parse_Accepted(string text, ulong bytes) =>
        Assert.That(ByteSize.Parse(text), Is.EqualTo(new Parsed<ulong>(bytes, null)));

    [TestCase("")]
    [TestCase("GiB")]
    [TestCase("ten")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("1.5GiB")]
    [TestCase("1 GiB")]
    [TestCase("1X")]
    [TestCase("1GiBB")]
    [TestCase("1Gib ")]
    [TestCase("18446744073709551616")]
    [TestCase("16777216T")]
    [TestCase("\u0661G")]
    public void Parse_Nonsense_SaysWhatIsAccepted(string text) =>
        Assert.That(ByteSize.Parse(text).Accepted, Does.Contain("10GiB"));

    [TestCase(0UL, "0 B")]
    [TestCase(1023UL, "1023 B")]
    [TestCase(1024UL, "1 KiB")]
    [TestCase(1536UL, "1.5 KiB")]
    [TestCase(10UL << 30, "10 GiB")]
    [TestCase(1UL << 60, "1048576 TiB")]
    public void Format_ForPeople(ulong bytes, string text) => Assert.That(ByteSize.Format(bytes), Is.EqualTo(text));
}
