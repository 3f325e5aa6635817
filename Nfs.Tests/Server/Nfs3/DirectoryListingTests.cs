using Nfs.Server.Nfs3;
using Nfs.Server.Xdr;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>A listing that overruns the client's buffer, skips an entry or ends early loses files in a copy.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DirectoryListingTests
{
    private readonly WireServer _server = new();

    [Test]
    [Covers("N-177", "N-187", "N-188")]
    public async Task EveryEntryOnce_DotsFirst(
        [Values] bool isPlus, [Values(400u, 1000u, 1u << 20)] uint limit)
    {
        Fill(500);

        var entries = await _server.ListAsync(_server.Root, limit, isPlus);

        var names = entries.Select(e => e.Name).ToList();
        Assert.That(names[..2], Is.EqualTo(new[] { ".", ".." }));
        Assert.That(names, Is.Unique);
        Assert.That(names, Has.Count.EqualTo(502));
        var last = await PageAsync(isPlus, entries[^1].Cookie, limit);
        Assert.That((last.Entries.Count, last.Eof), Is.EqualTo((0, true)));
    }

    [Test]
    [Covers("EC-258", "N-183", "N-184")]
    public async Task TheResultNeverExceedsTheLimit_AndNoEntryIsTooSmall([Values] bool isPlus)
    {
        Fill(60);
        var random = new Random(11);
        for (var i = 0; i < 5000; i++)
        {
            var limit = (uint)random.Next(0, 4000);
            var names = random.Next(4) == 0 ? (uint)random.Next(0, 500) : uint.MaxValue;

            var page = await PageAsync(isPlus, (ulong)random.Next(0, 70), limit, names);

            if (page.Status == 0)
            {
                Assert.That(page.Bytes, Is.LessThanOrEqualTo(limit));
                Assert.That(page.Entries.Count > 0 || page.Eof, Is.True, "nothing, and not the end");
                var namesBytes = page.Entries.Sum(e => 8 + XdrWriter.OpaqueBytes(e.Name.Length) + 8);
                Assert.That(!isPlus || page.Entries.Count == 1 || namesBytes <= names, Is.True, "dircount");
            }
            else
            {
                Assert.That(page.Status, Is.EqualTo((uint)NfsStat3.NFS3ERR_TOOSMALL));
                Assert.That(limit, Is.LessThan(isPlus ? 500 : 400));
            }
        }
    }

    [Test]
    [Covers("N-183")]
    public async Task ThePageIsAsFullAsItCanBe([Values] bool isPlus)
    {
        Fill(60);
        var whole = await PageAsync(isPlus, 0, 1 << 20);

        var exact = await PageAsync(isPlus, 0, (uint)whole.Bytes);
        var less = await PageAsync(isPlus, 0, (uint)whole.Bytes - 1);

        Assert.That((exact.Entries.Count, exact.Eof), Is.EqualTo((62, true)));
        Assert.That((less.Entries.Count, less.Eof), Is.EqualTo((61, false)));
    }

    [Test]
    [Covers("N-185")]
    public async Task ATinyDircount_StillGivesAnEntry()
    {
        Fill(60);

        var page = await PageAsync(isPlus: true, 0, 4096, names: 1);

        Assert.That(page.Entries, Has.Count.EqualTo(1));
    }

    [Test]
    [Covers("N-186")]
    public async Task ALargeLimit_GivesThousandsOfEntries()
    {
        Fill(6000);

        var page = await PageAsync(isPlus: true, 0, 1 << 20);

        Assert.That(page.Entries, Has.Count.GreaterThan(5000));
        Assert.That(page.Bytes, Is.LessThanOrEqualTo(1 << 20));
    }

    [Test]
    [Covers("N-190")]
    public async Task HandleAndAttributes_AreThoseOfLookup()
    {
        var id = _server.Files.AddFile("one", [1, 2, 3]);

        var page = await PageAsync(isPlus: true, 0, 4096);

        var entry = page.Entries.Single(e => e.Name == "one");
        Assert.That((entry.FileId, entry.Attributes!.FileId), Is.EqualTo((id.Value, id.Value)));
        Assert.That(entry.Attributes.Size, Is.EqualTo(3));
        Assert.That(entry.Handle, Is.EqualTo(_server.Handle(id)));
        Assert.That(page.Entries[1].Handle, Is.EqualTo(_server.Root), ".. of the root");
    }

    [Test]
    [Covers("N-189")]
    public async Task UnknownAttributes_AreLeftOut()
    {
        var id = _server.Files.AddFile("one", []);
        _server.Files.Forget(id);

        var page = await PageAsync(isPlus: true, 0, 4096);

        Assert.That(page.Entries.Single(e => e.Name == "one").Attributes, Is.Null);
    }

    [Test]
    [Covers("N-191")]
    public async Task NotADirectory_IsNotdir([Values] bool isPlus)
    {
        var file = _server.Files.AddFile("one", []);

        var page = await PageAsync(isPlus, 0, 0, directory: file);

        Assert.That(page.Status, Is.EqualTo((uint)NfsStat3.NFS3ERR_NOTDIR));
    }

    private void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _server.Files.AddFile(new string('n', i % 40) + i, []);
        }
    }

    private Task<DirectoryPage> PageAsync(
        bool isPlus, ulong cookie, uint limit, uint names = uint.MaxValue, InodeId? directory = null) =>
        _server.ReaddirAsync(isPlus, _server.Handle(directory ?? InodeId.Root), cookie, limit, names);
}
