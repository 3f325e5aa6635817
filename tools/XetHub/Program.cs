using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Cas.Client;
using XetHub;
using XetHub.Faults;

var listen = new Option<string>("--listen")
{
    Description = "Address and port; port 0 takes a free one.", HelpName = "ADDR:PORT", Required = true,
};
var data = new Option<string>("--data")
{
    Description = "A directory that holds everything; made if it is missing.", HelpName = "DIR", Required = true,
};
var token = new Option<string?>("--token")
{
    Description = "The token that clients must have; without it everybody is let in.", HelpName = "TOKEN",
};
var tokenLifetime = new Option<int>("--token-lifetime")
{
    Description = "How long tokens for content are good.", HelpName = "SECONDS", DefaultValueFactory = _ => 900,
};
var urlLifetime = new Option<int>("--url-lifetime")
{
    Description = "How long signed URLs are good.", HelpName = "SECONDS", DefaultValueFactory = _ => 3600,
};
var pageSize = new Option<int>("--page-size")
{
    Description = "Entries on a page of a listing.", HelpName = "N", DefaultValueFactory = _ => 1000,
};
var faults = new Option<string[]>("--fault")
{
    Description = "Something that goes wrong, as POST /_faults takes it: '{\"latencyMs\":20}'. May be repeated.",
    HelpName = "JSON",
    DefaultValueFactory = _ => [],
};
var root = new RootCommand("A Hub with buckets, repositories and content, for tests and for people without the Hub.")
{
    listen, data, token, tokenLifetime, urlLifetime, pageSize, faults,
};
root.SetAction(async (result, cancellationToken) =>
{
    if (!IPEndPoint.TryParse(result.GetValue(listen)!, out var endPoint))
    {
        await Console.Error.WriteLineAsync("xethub: --listen takes an address and a port, such as 127.0.0.1:8085.");
        return 2;
    }

    try
    {
        await using var hub = await XetHubServer.StartAsync(new XetHubOptions
        {
            DataDirectory = Path.GetFullPath(result.GetValue(data)!),
            Listen = endPoint,
            HubToken = result.GetValue(token),
            TokenLifetime = TimeSpan.FromSeconds(result.GetValue(tokenLifetime)),
            UrlLifetime = TimeSpan.FromSeconds(result.GetValue(urlLifetime)),
            PageSize = Math.Max(1, result.GetValue(pageSize)),
        });
        hub.Faults.Replace(result.GetValue(faults)!.Select(ControlEndpoints.Read));
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ready {hub.Url}"));
        await StopSignal.WaitAsync();
        return 0;
    }
    catch (Exception e) when (
        e is StoreUnavailableException or IOException or UnauthorizedAccessException or InvalidDataException
            or JsonException or ArgumentException)
    {
        await Console.Error.WriteLineAsync($"xethub: {e.Message}");
        return 1;
    }
});
return await root.Parse(args).InvokeAsync();
