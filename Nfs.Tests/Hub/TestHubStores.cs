using Cas.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Hub;

/// <summary>Stores of ours over a hub of a test.</summary>
internal static class TestHubStores
{
    /// <summary>Opens a place on the hub, its bucket unless another is named.</summary>
    public static Task<IStore> OpenStoreAsync(this TestHub hub, string? url = null, string? tokenFile = null) =>
        StoreOpener.OpenStoreAsync(
            url ?? $"hf://buckets/{TestHub.Bucket}", TimeProvider.System, NullLoggerFactory.Instance, default,
            hub: new HubOptions { Endpoint = new Uri(hub.Server.Url), TokenFile = tokenFile });

    /// <summary>Another client puts a file with random bytes into the bucket; gives the bytes.</summary>
    public static async Task<byte[]> PutAsync(this TestHub hub, string name, int length, int seed)
    {
        var bytes = RandomBytes.Of(length, seed);
        await using var store = await hub.OpenStoreAsync();
        await store.PutAsync(name, bytes);
        return bytes;
    }

    /// <summary>Another client finds these files in the bucket, and no others.</summary>
    public static async Task AssertHasAsync(this TestHub hub, params (string Name, byte[] Bytes)[] files)
    {
        await using var other = await HubFiles.StartAsync(hub);
        Assert.That(other.Names(), Is.EqualTo(files.Select(file => file.Name).Order(StringComparer.Ordinal)));
        foreach (var (name, bytes) in files)
        {
            var (error, found) = await other.ReadAsync(name, bytes.Length);
            Assert.That(error, Is.EqualTo(VfsError.None), name);
            Assert.That(found.AsSpan().SequenceEqual(bytes), Is.True, name);
        }
    }
}
