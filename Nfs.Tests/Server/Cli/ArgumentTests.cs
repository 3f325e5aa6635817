using System.Text;
using Nfs.Server.Cli;
using NUnit.Framework;

namespace Nfs.Tests.Server.Cli;

// If these fail, a gateway listens where it must not, prints a mount line that cannot be pasted, or syncs another file
// than the one that was named.
public sealed class ArgumentTests
{
    [TestCase("127.0.0.1:2049", "127.0.0.1:2049")]
    [TestCase("127.0.0.1:0", "127.0.0.1:0")]
    [TestCase("127.9.9.9:1", "127.9.9.9:1")]
    [TestCase("[::1]:2049", "[::1]:2049")]
    [TestCase("localhost:2049", "127.0.0.1:2049")]
    public void EndPoint_Loopback_IsAccepted(string text, string expected)
    {
        foreach (var parsed in new[] { ListenEndPoint.Parse(text), ListenEndPoint.ParseLoopback(text) })
        {
            Assert.That(parsed.Accepted, Is.Null);
            Assert.That(parsed.Value.ToString(), Is.EqualTo(expected));
        }
    }

    [TestCase("0.0.0.0:2049")]
    [TestCase("[::]:2049")]
    [TestCase("192.168.1.7:2049")]
    [TestCase("[fe80::1]:2049")]
    public void EndPoint_BeyondLoopback_IsForClientsAlone(string text)
    {
        Assert.That(ListenEndPoint.Parse(text).Value.ToString(), Is.EqualTo(text));
        Assert.That(ListenEndPoint.ParseLoopback(text).Accepted, Does.Contain("asks nobody who he is"));
    }

    [TestCase("")]
    [TestCase(":2049")]
    [TestCase("2049")]
    [TestCase("127.0.0.1")]
    [TestCase("127.0.0.1:")]
    [TestCase("127.0.0.1:65536")]
    [TestCase("127.0.0.1:-1")]
    [TestCase("127.0.0.1: 1")]
    [TestCase("127.1:2049")]
    [TestCase("::1:2049")]
    [TestCase("[127.0.0.1]:2049")]
    [TestCase("[::1]")]
    [TestCase("example.org:2049")]
    public void EndPoint_Nonsense_SaysWhatIsAccepted(string text) =>
        Assert.That(ListenEndPoint.Parse(text).Accepted, Does.Contain("127.0.0.1:2049"));

    [TestCase("/")]
    [TestCase("/projects")]
    [TestCase("/a/b-c_d.e")]
    [TestCase("/größe")]
    public void Export_Accepted(string text) => Assert.That(ExportPath.Parse(text).Value, Is.EqualTo(text));

    [TestCase("")]
    [TestCase("projects")]
    [TestCase("/a/")]
    [TestCase("//")]
    [TestCase("/a//b")]
    [TestCase("/a/../b")]
    [TestCase("/.")]
    [TestCase("/a b")]
    [TestCase("/a\n")]
    [TestCase("/a'b")]
    public void Export_Nonsense_SaysWhatIsAccepted(string text) =>
        Assert.That(ExportPath.Parse(text).Accepted, Does.Contain("absolute path"));

    [Test]
    public void Export_LongerThanMountAllows_IsRefused()
    {
        Assert.That(ExportPath.Parse("/" + new string('a', 1023)).IsOk, Is.True);
        Assert.That(ExportPath.Parse("/" + new string('a', 1024)).IsOk, Is.False);
    }

    [TestCase("", "")]
    [TestCase("/", "")]
    [TestCase("a", "a")]
    [TestCase("/a/b", "a/b")]
    [TestCase("./a//b/", "a/b")]
    [TestCase("/ü", "ü")]
    public void Path_Accepted(string text, string expected) =>
        Assert.That(Encoding.UTF8.GetString(GatewayPath.Parse(text).Value), Is.EqualTo(expected));

    [TestCase("..")]
    [TestCase("/a/../b")]
    [TestCase("a\0b")]
    public void Path_Nonsense_SaysWhatIsAccepted(string text) =>
        Assert.That(GatewayPath.Parse(text).Accepted, Does.Contain("from the root of the export"));
}
