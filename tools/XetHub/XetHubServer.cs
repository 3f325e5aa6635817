using System.Net;
using Cas.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using XetHub.Cas;
using XetHub.Catalog;
using XetHub.Content;
using XetHub.Faults;
using XetHub.Http;
using XetHub.Hub;

namespace XetHub;

/// <summary>A hub and its content store on one address, until it is disposed.</summary>
internal sealed class XetHubServer : IAsyncDisposable
{
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(1);

    private readonly WebApplication _application;
    private readonly HubParts _parts;

    private XetHubServer(WebApplication application, HubParts parts)
    {
        _application = application;
        _parts = parts;
    }

    /// <summary>Its address, without a slash at the end.</summary>
    public string Url => _application.Services.GetRequiredService<IServer>()
        .Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Where it listens: a hub that is started again can be put at the same place.</summary>
    public IPEndPoint EndPoint => IPEndPoint.Parse(new Uri(Url).Authority);

    /// <summary>What goes wrong with requests.</summary>
    public FaultBoard Faults => _parts.Faults;

    /// <summary>What was asked so far.</summary>
    public RequestCounts Counts => _parts.Counts;

    /// <summary>The token that the hub half asks for; null accepts everybody.</summary>
    public string? HubToken
    {
        get => _parts.HubToken;
        set => _parts.HubToken = value;
    }

    /// <summary>What hides chunk hashes in answers about known chunks; zero for nothing.</summary>
    public MerkleHash DedupKey
    {
        get => _parts.DedupKey;
        set => _parts.DedupKey = value;
    }

    /// <summary>
    /// Starts one. Throws <see cref="StoreUnavailableException"/> if its directory cannot be used, and IOException if
    /// its address cannot.
    /// </summary>
    public static async Task<XetHubServer> StartAsync(XetHubOptions options)
    {
        var content = await ContentFiles.OpenAsync(
            Path.Join(options.DataDirectory, "content"), options.Time, NullLoggerFactory.Instance);
        RepoCatalog catalog;
        try
        {
            // After the content, whose lock keeps a second hub away.
            catalog = new RepoCatalog(Path.Join(options.DataDirectory, "catalog.ndjson"), options.Time);
        }
        catch
        {
            content.Dispose();
            throw;
        }

        var parts = new HubParts(
            options, content, new BlobFiles(Path.Join(options.DataDirectory, "blobs")), catalog,
            new Signer(options.Time), new FaultBoard(() => catalog.State, options.Time));
        var server = new XetHubServer(Build(options, parts), parts);
        try
        {
            await server._application.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes all tokens and URLs worthless that were given out.</summary>
    public void Revoke() => _parts.Signer.Revoke();

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(s_stopMax))
        {
            await _application.StopAsync(limit.Token);
        }

        await _application.DisposeAsync();
        _parts.Catalog.Dispose();
        _parts.Content.Dispose();
    }

    private static WebApplication Build(XetHubOptions options, HubParts parts)
    {
        // Empty: nothing is read from the environment or from files in the current directory.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_stopMax);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = EndpointRoutes.BodyBytesMax;

            // Faults make lines slow on purpose.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(options.Listen, listen => listen.Protocols = HttpProtocols.Http1);
        });

        var application = builder.Build();
        var (faults, guard) = (new FaultLayer(parts), new Guard(parts));
        application.UseRouting();
        application.Use(next => context => faults.InvokeAsync(context, next));
        application.Use(next => context => guard.InvokeAsync(context, next));
        ControlEndpoints.Map(application, parts);
        TokenEndpoints.Map(application, parts);
        RepoEndpoints.Map(application, parts);
        TreeEndpoints.Map(application, parts);
        ResolveEndpoints.Map(application, parts);
        BatchEndpoints.Map(application, parts);
        PreuploadEndpoints.Map(application, parts);
        CommitEndpoints.Map(application, parts);
        ReconstructionEndpoints.Map(application, parts);
        FetchEndpoints.Map(application, parts);
        UploadEndpoints.Map(application, parts);
        ChunkEndpoints.Map(application, parts);
        ChangedRangeEndpoints.Map(application, parts);
        return application;
    }

    /// <summary>Whoever started the hub decides when it ends; signals are not its business.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
