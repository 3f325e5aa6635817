using System.Net;
using System.Text;

namespace Nfs.Server.Admin;

/// <summary>The page for people: a table, no scripts, everything escaped.</summary>
internal static class StatusPage
{
    public static string Write(StatusDocument status)
    {
        var page = new StringBuilder(4096);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta http-equiv=\"refresh\" content=\"5\"><title>NfsGateway</title><style>")
            .Append("body{font:16px sans-serif;margin:2em}th{text-align:left;padding-right:2em;vertical-align:top}")
            .Append("td,th{padding-bottom:.4em}</style></head><body><h1>NfsGateway</h1><table>");
        foreach (var (label, value) in StatusRows.Of(status))
        {
            page.Append("<tr><th>").Append(WebUtility.HtmlEncode(label)).Append("</th><td>")
                .Append(WebUtility.HtmlEncode(value)).Append("</td></tr>");
        }

        return page
            .Append("</table><p><a href=\"/metrics\">metrics</a> <a href=\"/healthz\">health</a> ")
            .Append("<a href=\"/readyz\">readiness</a></p></body></html>").ToString();
    }
}
