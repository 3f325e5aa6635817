using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Server;
using Nfs.Server.Exports;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>A real server on a free loopback port, over any file system.</summary>
internal static class LoopbackServer
{
    public static NfsServer Start(IFileSystem files) => NfsServer.Start(
        new NfsServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            HandleKey = WireServer.Key,
        },
        [new ExportedTree(new Export { Squash = Squash.None }, files)], TimeProvider.System, NullLoggerFactory.Instance);
}
