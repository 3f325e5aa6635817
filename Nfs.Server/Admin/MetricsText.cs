using System.Globalization;
using System.Text;

namespace Nfs.Server.Admin;

/// <summary>Writes the Prometheus text format, version 0.0.4. A family's samples follow its header.</summary>
internal sealed class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(8192);

    /// <summary>A family of one value that may fall.</summary>
    public void Gauge(string name, string help, double value)
    {
        Header(name, "gauge", help);
        Sample(name, value);
    }

    /// <summary>A family of one value that only rises while the process lives.</summary>
    public void Counter(string name, string help, double value)
    {
        Header(name, "counter", help);
        Sample(name, value);
    }

    /// <summary>Starts a family; its samples come next.</summary>
    public void Header(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(help)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    /// <summary>One sample of the family just started.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        for (var i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"")
                .Append(EscapeLabel(labels[i].Value)).Append('"');
        }

        _text.Append(labels.IsEmpty ? "" : "}").Append(' ').Append(Number(value)).Append('\n');
    }

    public override string ToString() => _text.ToString();

    // "R" of the invariant culture writes NaN and the infinities in words that Prometheus does not know.
    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);
}
