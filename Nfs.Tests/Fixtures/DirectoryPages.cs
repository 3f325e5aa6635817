using System.Text;
using Nfs.Server.Nfs3;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>An entry of a page; the name's bytes as Latin-1.</summary>
internal sealed record PageEntry(ulong FileId, string Name, ulong Cookie, WireAttributes? Attributes, byte[]? Handle);

/// <summary>A page of a listing; the status and nothing else if it failed.</summary>
internal sealed record DirectoryPage(uint Status, List<PageEntry> Entries, bool Eof, int Bytes);

/// <summary>READDIR and READDIRPLUS of a <see cref="WireServer"/>; what holds of every page is checked.</summary>
internal static class DirectoryPages
{
    public static async Task<DirectoryPage> ReaddirAsync(
        this WireServer server, bool isPlus, byte[] directory, ulong cookie, uint limit, uint names = uint.MaxValue,
        ulong verifier = 0, byte[]? credential = null)
    {
        var args = new XdrBytes().Opaque(directory).U64(cookie).U64(verifier);
        var reply = await server.NfsAsync(
            isPlus ? NfsProc3.READDIRPLUS : NfsProc3.READDIR, isPlus ? args.U32(names).U32(limit) : args.U32(limit),
            credential);
        var bytes = reply.Left;
        var status = reply.U32();
        Assert.That(reply.PostOp(), Is.Not.Null);
        var entries = new List<PageEntry>();
        if (status != 0)
        {
            Assert.That(reply.Left, Is.Zero);
            return new DirectoryPage(status, entries, false, bytes);
        }

        Assert.That(reply.U64(), Is.Zero, "cookie verifier");
        while (reply.U32() == 1)
        {
            var (id, name, next) = (reply.U64(), Encoding.Latin1.GetString(reply.Opaque()), reply.U64());
            Assert.That(next, Is.GreaterThan(entries.Count > 0 ? entries[^1].Cookie : cookie));
            entries.Add(new PageEntry(
                id, name, next, isPlus ? reply.PostOp() : null, isPlus ? reply.PostOpHandle() : null));
        }

        var eof = reply.U32() == 1;
        Assert.That(reply.Left, Is.Zero);
        return new DirectoryPage(status, entries, eof, bytes);
    }

    /// <summary>
    /// All names, page by page; READDIR and READDIRPLUS in turn if <paramref name="isPlus"/> is null.
    /// </summary>
    public static async Task<List<PageEntry>> ListAsync(
        this WireServer server, byte[] directory, uint limit, bool? isPlus = null)
    {
        var all = new List<PageEntry>();
        for (var pages = 0; ; pages++)
        {
            var cookie = all.Count > 0 ? all[^1].Cookie : 0;
            var page = await server.ReaddirAsync(isPlus ?? pages % 2 == 0, directory, cookie, limit);
            Assert.That(page.Status, Is.Zero);
            all.AddRange(page.Entries);
            if (page.Eof)
            {
                return all;
            }
        }
    }
}
