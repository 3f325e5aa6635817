using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// ls that misses a file, rm -r that never ends: listings must be right while names come and go, and over restarts.
[TestFixture]
internal sealed class ReadDirectoryTests : OperationTests
{
    [Test]
    [Covers("N-178", "N-182")]
    public async Task EveryPageSize_GivesEveryEntryOnce([Values(1, 2, 3, 7, 100)] int pageSize,
        [Values(0, 1, 5, 20)] int count)
    {
        var directory = await DirectoryAsync("d", Alice, "755");
        for (var i = 0; i < count; i++)
        {
            await FileAsync($"f{i}", Alice, "644", directory);
        }

        var all = ListAll(directory, pageSize);

        Assert.That(
            all.Select(e => Encoding.UTF8.GetString(e.Name.Span)),
            Is.EqualTo(new[] { ".", ".." }.Concat(Enumerable.Range(0, count).Select(i => $"f{i}"))));
        Assert.That((all[0].Id, all[1].Id), Is.EqualTo((directory, InodeId.Root)));
        Assert.That(all.Select(e => e.Cookie), Is.Ordered.Ascending.And.Unique);
        Assert.That(all.Select(e => e.Cookie), Is.All.InRange(1UL, (1UL << 53) - 1));
        Assert.That(all.Select(e => e.Attributes), Is.EqualTo(all.Select(e => (Attributes?)Get(e.Id))));
    }

    [Test]
    public async Task Limit_IsWhatIsAdded_WhateverIsInTheList()
    {
        await FileAsync("f", Alice, "644");
        var entries = new List<DirectoryEntry>();

        Files.ReadDirectory(Root, InodeId.Root, 0, 2, false, entries);
        var listed = Files.ReadDirectory(Root, InodeId.Root, entries[^1].Cookie, 2, false, entries);

        Assert.That((entries.Count, listed.Eof), Is.EqualTo((3, true)));
        Assert.That(entries[^1].Attributes, Is.Null, "not asked for");
    }

    [Test]
    [Covers("EC-256", "N-180")]
    public async Task Cookies_AreGood_AfterARestart()
    {
        for (var i = 0; i < 30; i++)
        {
            await FileAsync($"f{i}", Alice, "644");
        }

        var before = ListAll(InodeId.Root, 100);
        await Gateway.RemoveAsync("f3");
        await Gateway.ReopenAsync();
        await FileAsync("late", Alice, "644");

        foreach (var entry in before)
        {
            var page = new List<DirectoryEntry>();
            Files.ReadDirectory(Root, InodeId.Root, entry.Cookie, 100, false, page);
            var expected = before.Where(e => e.Cookie > entry.Cookie && !e.Name.Span.SequenceEqual("f3"u8))
                .Select(e => e.Id).Append(Gateway.Find("late"));
            Assert.That(page.Select(e => e.Id), Is.EqualTo(expected));
        }
    }

    [Test]
    [Covers("EC-257", "N-179")]
    public async Task NamesThatComeAndGo_DoNotDisturbTheOthers([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        var steady = new HashSet<string>();
        var others = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            await FileAsync($"n{i}", Alice, "644");
            if (i % 2 == 0)
            {
                steady.Add($"n{i}");
            }
            else
            {
                others.Add($"n{i}");
            }
        }

        var seen = new List<string>();
        ulong cookie = 0;
        var isEnd = false;
        for (var page = 0; !isEnd; page++)
        {
            var entries = new List<DirectoryEntry>();
            isEnd = Files.ReadDirectory(Root, InodeId.Root, cookie, 1 + random.Next(6), false, entries).Eof;
            seen.AddRange(entries.Select(e => Encoding.UTF8.GetString(e.Name.Span)));
            cookie = entries.Count > 0 ? entries[^1].Cookie : cookie;
            for (var change = 0; change < 3 && page < 20 && others.Count > 0; change++)
            {
                var victim = others[random.Next(others.Count)];
                if (random.Next(3) == 0)
                {
                    await Gateway.RenameAsync(victim, victim + "x");
                }
                else
                {
                    await Gateway.RemoveAsync(victim);
                }

                others.Remove(victim);
                await FileAsync($"new{page}.{change}", Alice, "644");
            }

            if (page % 4 == 3)
            {
                await Gateway.ReopenAsync();
            }
        }

        Assert.That(seen, Is.Unique);
        Assert.That(seen, Is.SupersetOf(steady));
    }

    [Test]
    [Covers("N-191", "N-193")]
    public async Task Errors()
    {
        var file = await FileAsync("f", Alice, "644");
        var closed = await DirectoryAsync("closed", Bob, "711");
        foreach (var (id, expected) in new[]
        {
            (Gone, VfsError.Stale), (file, VfsError.NotDir), (closed, VfsError.Access),
        })
        {
            var entries = new List<DirectoryEntry>();
            var listed = Files.ReadDirectory(Alice, id, 0, 10, true, entries);
            Assert.That((listed.Error, entries.Count), Is.EqualTo((expected, 0)));
            Assert.That(listed.Directory, Is.EqualTo(expected == VfsError.Stale ? null : Get(id)));
        }

        Assert.That(Files.ReadDirectory(Root, InodeId.Root, ulong.MaxValue, 10, true, []).Eof, Is.True);
    }

    [Test]
    [Covers("EC-266", "N-108")]
    public async Task Lookup_AndAccess_Rules()
    {
        var closed = await DirectoryAsync("closed", Bob, "600");
        var file = await FileAsync("f", Alice, "640");
        foreach (var (directory, name, expected) in new[]
        {
            (InodeId.Root, "f", VfsError.None), (InodeId.Root, ".", VfsError.None), (InodeId.Root, "..", VfsError.None),
            (InodeId.Root, "none", VfsError.NoEnt), (closed, "x", VfsError.Access), (file, "x", VfsError.NotDir),
            (Gone, "x", VfsError.Stale),
        })
        {
            var found = Files.Lookup(Alice, directory, N(name));
            Assert.That(found.Error, Is.EqualTo(expected), name);
            Assert.That(found.Directory, Is.EqualTo(directory == Gone ? null : Get(directory)));
            Assert.That(found.Object.HasValue, Is.EqualTo(expected == VfsError.None));
        }

        var access = Files.CheckAccess(Bob, file, AccessBits.Read | AccessBits.Modify);
        Assert.That((access.Error, access.Granted, access.Object),
            Is.EqualTo((VfsError.None, AccessBits.None, Get(file))));
        Assert.That(Files.CheckAccess(Bob, Gone, AccessBits.Read).Error, Is.EqualTo(VfsError.Stale));
    }

    [Test]
    [Covers("EC-164", "EC-262")]
    public async Task LargeDirectory_WithASmallCache_KeepsEveryChange()
    {
        // More names than objects fit in memory: loading the directory must not throw out what is being changed.
        var directory = await DirectoryAsync("big", Alice, "777");
        var other = await DirectoryAsync("other", Alice, "777");
        var ids = new Dictionary<string, InodeId>();
        for (var i = 0; i < 400; i++)
        {
            ids[$"f{i}"] = await FileAsync($"f{i}", Alice, "644", directory);
        }

        for (var round = 0; round < 6; round++)
        {
            await Gateway.ReopenAsync(TestGateway.Quiet with { InodesMax = 20 });
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
                await Files.CreateAsync(Root, directory, N($"once{round}"), CreateMode.Guarded, default, 0, default))));
            Assert.That(results.Count(r => r.Error == VfsError.None), Is.EqualTo(1), "one of many creates wins");
            for (var i = 0; i < 12; i++)
            {
                var name = $"f{(round * 50) + i}";
                await Gateway.RenameAsync(name, name + "x", directory, round % 2 == 0 ? directory : other);
                var moved = Files.Lookup(Root, round % 2 == 0 ? directory : other, N(name + "x"));
                Assert.That(moved.Object?.Id, Is.EqualTo(ids[name]));
                Assert.That(Files.Lookup(Root, directory, N(name)).Error, Is.EqualTo(VfsError.NoEnt));
                Assert.That(Get(ids[name]).LinkCount, Is.EqualTo(1u));
                await FileAsync(name, Alice, "600", directory);
                Assert.That(Get(directory).Mtime, Is.EqualTo(Get(directory).Ctime));
            }

            TreeText.List(Files, directory);
        }

        var names = TreeText.List(Files, directory).Concat(TreeText.List(Files, other)).ToList();
        Assert.That(names, Has.Count.EqualTo(400 + 72 + 6));
        Assert.That(names.Select(e => e.Id), Is.Unique);
    }

    [Test]
    [Covers("N-189", "N-190")]
    public async Task Attributes_AreThoseOfGetattr_ThoughMostObjectsAreNotInMemory([Values(1, 7, 1000)] int pageSize)
    {
        var directory = await DirectoryAsync("d", Alice, "777");
        var other = await DirectoryAsync("other", Alice, "777");
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => FileAsync(
            $"f{i}", Alice, Convert.ToString(256 + i, 8), i % 7 == 3 || i is > 200 and < 230 ? other : directory)));
        for (var i = 0; i < 24; i += 4)
        {
            await Gateway.RenameAsync($"f{i}", $"renamed{i}", directory, directory);
        }

        await Gateway.ReopenAsync(TestGateway.Quiet with { InodesMax = 20 });
        await Gateway.RemoveAsync("f1", directory);
        await Gateway.WriteAsync(Gateway.Find("d/f2"), 0, [1, 2, 3]);
        var changing = Files.SetAttributesAsync(
            Root, Gateway.Find("d/f5"), new AttributeChanges { Uid = 7 }, null, default);

        var all = ListAll(directory, pageSize);

        Assert.That(all.Select(e => e.Attributes), Is.EqualTo(all.Select(e => (Attributes?)Get(e.Id))));
        Assert.That(all.Single(e => e.Name.Span.SequenceEqual("f5"u8)).Attributes!.Value.Uid, Is.EqualTo(7));
        await changing;
    }

    private List<DirectoryEntry> ListAll(InodeId directory, int pageSize)
    {
        var all = new List<DirectoryEntry>();
        for (var pages = 0; pages < 1000; pages++)
        {
            var page = new List<DirectoryEntry>();
            var listed = Files.ReadDirectory(Root, directory, all.Count == 0 ? 0 : all[^1].Cookie, pageSize, true,
                page);
            Assert.That(listed.Error, Is.EqualTo(VfsError.None));
            Assert.That(page, Has.Count.AtMost(pageSize));
            Assert.That(page.Count > 0 || listed.Eof, Is.True, "an empty page only at the end");
            all.AddRange(page);
            if (listed.Eof)
            {
                return all;
            }
        }

        throw new InvalidOperationException("the listing does not end");
    }
}
