using Nfs.Tests.Fixtures;
using Vfs.Core;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// A gateway with objects of every kind, which no call can remove: each has a name, or an entry, that no call knows.
/// </summary>
internal sealed class FuzzedTree : IDisposable
{
    private readonly TestGateway _gateway;

    private FuzzedTree(TestGateway gateway, List<InodeId> directories, List<InodeId> objects)
    {
        _gateway = gateway;
        Server = new WireServer(files: gateway.Files);
        byte[][] directoryHandles = [.. directories.Select(id => Server.Handle(id))];
        byte[][] objectHandles = [.. objects.Select(id => Server.Handle(id))];
        Samples = CallCorpus.WithHandles(directoryHandles, [.. objectHandles, .. directoryHandles]);
    }

    /// <summary>The server without a transport.</summary>
    public WireServer Server { get; }

    public IFileSystem Files => _gateway.Files;

    /// <summary>Calls of real clients that name these objects.</summary>
    public IReadOnlyList<byte[]> Samples { get; }

    public static async Task<FuzzedTree> CreateAsync()
    {
        // Every change is synced, which takes no time in memory.
        var memory = new DirectoryInfo("/dev/shm");
        var directory = memory.Exists
            ? new TemporaryDirectory(memory.CreateSubdirectory($"nfsgw-fuzz-{Guid.NewGuid():N}").FullName)
            : null;
        var gateway = await TestGateway.StartAsync(new InMemoryStore(), null, directory: directory);
        var hidden = await gateway.MakeDirectoryAsync("hidden-" + new string('x', 40));
        var directories = new List<InodeId> { InodeId.Root };
        var objects = new List<InodeId>();
        for (var i = 0; i < 3; i++)
        {
            var made = await gateway.MakeDirectoryAsync($"directory{i}");
            await gateway.MakeFileAsync("unremovable-" + new string('y', 40), [1], made);
            directories.Add(made);
            objects.Add(await gateway.MakeFileAsync($"file{i}", new SplitMix64((ulong)i).Bytes(i * 70_000), hidden));
        }

        objects.Add(await gateway.MakeStoredFileAsync("stored", new SplitMix64(9).Bytes(200_000), hidden));
        var link = await gateway.Files.MakeSymlinkAsync(
            Caller.Root, hidden, FileName.From("link"), "target"u8.ToArray(), default, default);
        var pipe = await gateway.Files.MakeNodeAsync(
            Caller.Root, hidden, FileName.From("pipe"), InodeType.Fifo, 0, 0, default, default);
        objects.AddRange([link.Object!.Value.Id, pipe.Object!.Value.Id]);
        return new FuzzedTree(gateway, directories, objects);
    }

    public void Dispose() => _gateway.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
