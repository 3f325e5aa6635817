using System.Text;
using Cas.Client;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>What tests do with files of an open store, without a gateway.</summary>
internal static class StoredFiles
{
    /// <summary>Bytes that do not compress, the same for the same seed.</summary>
    public static byte[] Bytes(int seed, int length) => new SplitMix64((ulong)seed).Bytes(length);

    /// <summary>Stores bytes that no path names.</summary>
    public static async Task<ContentId> PutAsync(this IStore store, byte[] bytes)
    {
        var put = await store.Content.PutAsync(new MemorySource(bytes), default);
        Assert.That(put.IsOk, Is.True, put.Detail);
        return put.Value;
    }

    /// <summary>Stores bytes at a path.</summary>
    public static async Task<ContentId> PutAsync(this IStore store, string path, byte[] bytes)
    {
        var content = await store.PutAsync(bytes);
        await store.NameAsync(path, content);
        return content;
    }

    /// <summary>Gives content a path, or with null takes the path away.</summary>
    public static async Task NameAsync(this IStore store, string path, ContentId? content)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var found = await store.Tree.LookupAsync(name, default);
        var entry = content is { } known ? new TreeEntry { Kind = TreeEntryKind.File, Content = known } : null;
        var change = new TreeChange(name, entry, found.Value?.Version ?? TreeVersion.Absent);
        var committed = await store.Tree.CommitAsync([change], default);
        Assert.That(committed.IsOk, Is.True, committed.Detail);
    }

    /// <summary>All bytes of content; fails the test if they cannot be read.</summary>
    public static async Task<byte[]> ReadAsync(this IStore store, ContentId content)
    {
        var bytes = new byte[content.Size];
        var read = await store.Content.ReadAsync(content, 0, bytes, default);
        Assert.That(read.IsOk, Is.True, read.Detail);
        return bytes;
    }

    /// <summary>Why content cannot be read.</summary>
    public static async Task<CasError> ErrorOfAsync(this IStore store, ContentId content) =>
        (await store.Content.ReadAsync(content, 0, new byte[content.Size], default)).Error;
}
