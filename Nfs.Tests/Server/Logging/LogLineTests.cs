using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nfs.Server.Logging;
using NUnit.Framework;

namespace Nfs.Tests.Server.Logging;

// If these fail, a file name forges log lines, or a log shipper cannot read the log.
public sealed class LogLineTests
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 2, 3, 4, 5, 67, TimeSpan.FromHours(2));

    [Test]
    public void Text_IsOneLineInUtc()
    {
        var text = Text(Line("hello", null), LogFormat.Text);

        Assert.That(text, Is.EqualTo("2026-01-02T01:04:05.067Z warning Some.Category: hello\n"));
    }

    [TestCase("a\nforged", "a\\u000aforged")]
    [TestCase("a\r\u001b[2J", "a\\u000d\\u001b[2J")]
    [TestCase("a\u2028b\u202eb", "a\\u2028b\\u202eb")]
    [TestCase("größe", "größe")]
    public void Text_HostileMessage_StaysOneLine(string message, string expected) =>
        Assert.That(Text(Line(message, null), LogFormat.Text), Does.EndWith(": " + expected + "\n"));

    [Test]
    public void Text_Exception_StaysOneLine()
    {
        var text = Text(Line("failed", new IOException("disk\nfull")), LogFormat.Text);

        Assert.That(text.Count(c => c == '\n'), Is.EqualTo(1));
        Assert.That(text, Does.Contain("System.IO.IOException: disk"));
    }

    [Test]
    public void Json_HasFieldsAndOneLine()
    {
        var text = Text(Line("a\n\"b\"", new IOException("disk full")), LogFormat.Json);

        Assert.That(text.TrimEnd('\n'), Does.Not.Contain("\n"));
        using var json = JsonDocument.Parse(text);
        Assert.That(json.RootElement.GetProperty("time").GetString(), Is.EqualTo("2026-01-02T01:04:05.067Z"));
        Assert.That(json.RootElement.GetProperty("level").GetString(), Is.EqualTo("warning"));
        Assert.That(json.RootElement.GetProperty("message").GetString(), Is.EqualTo("a\n\"b\""));
        Assert.That(json.RootElement.GetProperty("event").GetInt32(), Is.EqualTo(7));
        Assert.That(json.RootElement.GetProperty("fields").GetProperty("Name").GetString(), Is.EqualTo("b"));
        Assert.That(json.RootElement.GetProperty("fields").EnumerateObject().Count(), Is.EqualTo(1));
        Assert.That(json.RootElement.GetProperty("exception").GetString(), Does.Contain("disk full"));
    }

    private static LogLine Line(string message, Exception? exception) => new(
        s_time, LogLevel.Warning, "Some.Category", new EventId(7, "Seven"), message,
        [new("Name", "b"), new("{OriginalFormat}", "x")], exception);

    private static string Text(LogLine line, LogFormat format) => Encoding.UTF8.GetString(line.Encode(format));
}
