using System.Text;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using Vfs.Core;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Namespace;

// A directory that forgets a name, finds another file under it, or lists a name twice or never: users lose files.
[TestFixture]
internal sealed class DirectoryIndexTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void RandomOperations_AgreeWithADictionary(int seed)
    {
        var random = new Random(seed);
        var index = new DirectoryIndex();
        var model = new SortedDictionary<ulong, (string Name, InodeId Id)>();
        var cookies = new Dictionary<string, ulong>();
        ulong cookie = 16;
        for (var step = 0; step < 20_000; step++)
        {
            var name = $"n{random.Next(1 + (step % 4000))}";
            var id = new InodeId((ulong)random.Next(1, 1000));
            if (!cookies.TryGetValue(name, out var at))
            {
                Assert.That(index.Find(Bytes(name)), Is.EqualTo(default(InodeId)));
                index.Add(Bytes(name), id, ++cookie);
                cookies[name] = cookie;
                model[cookie] = (name, id);
            }
            else if (random.Next(2) == 0)
            {
                Assert.That(index.Remove(Bytes(name)), Is.EqualTo(model[at].Id));
                model.Remove(at);
                cookies.Remove(name);
            }
            else
            {
                index.Replace(Bytes(name), id);
                model[at] = (name, id);
                Assert.That(index.CookieOf(Bytes(name)), Is.EqualTo(at));
            }

            Assert.That(index.Count, Is.EqualTo(model.Count));
            if (step % 500 == 0)
            {
                AssertListing(index, model, (ulong)random.NextInt64((long)cookie + 2), $"seed {seed} step {step}");
            }
        }

        AssertListing(index, model, 0, $"seed {seed}");
        foreach (var (name, id) in model.Values)
        {
            Assert.That(index.Find(Bytes(name)), Is.EqualTo(id));
        }
    }

    [Test]
    public void Names_OfEveryByteValueAndLength_AreKept()
    {
        var index = new DirectoryIndex();
        var names = new List<byte[]>();
        for (var value = 1; value < 256; value++)
        {
            if (value != '/')
            {
                names.Add([(byte)value]);
                names.Add([(byte)value, (byte)value]);
            }
        }

        for (var length = 3; length <= FileName.BytesMax; length++)
        {
            names.Add(Enumerable.Repeat((byte)0xFF, length).ToArray());
        }

        for (var i = 0; i < names.Count; i++)
        {
            index.Add(names[i], new InodeId((ulong)i + 1), (ulong)i + 16);
        }

        var position = 0;
        for (var i = 0; i < names.Count; i++)
        {
            Assert.That(index.Find(names[i]).Value, Is.EqualTo((ulong)i + 1));
            Assert.That(index.TryNext(ref position, out _, out var name, out _), Is.True);
            Assert.That(name.ToArray(), Is.EqualTo(names[i]));
        }
    }

    [Test]
    [Covers("EC-257")]
    public void RemovalDuringListing_NeitherSkipsNorRepeats()
    {
        var index = new DirectoryIndex();
        for (var i = 0; i < 1000; i++)
        {
            index.Add(Bytes($"f{i}"), new InodeId((ulong)i + 1), (ulong)i + 16);
        }

        // As rm -r does: a page, its names removed, the next page from the last cookie.
        var seen = new List<string>();
        ulong cookie = 0;
        while (true)
        {
            var page = new List<string>();
            var position = index.PositionAfter(cookie);
            while (page.Count < 7 && index.TryNext(ref position, out _, out var name, out cookie))
            {
                page.Add(Encoding.UTF8.GetString(name.Span));
            }

            if (page.Count == 0)
            {
                break;
            }

            page.ForEach(name => index.Remove(Bytes(name)));
            seen.AddRange(page);
            cookie = 16 + (ulong)seen.Count - 1;
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => $"f{i}")));
        Assert.That(index.Count, Is.Zero);
    }

    [Test]
    public void EitherFormOfAName_FindsItsEntry_WhateverIsAddedAndRemoved()
    {
        var random = new Random(7);
        var index = new DirectoryIndex(isFormInsensitive: true);
        var model = new Dictionary<int, (string Name, InodeId Id)>();
        for (var step = 0; step < 5000; step++)
        {
            var number = random.Next(500);
            string[] forms = [$"\u00E9{number}", $"e\u0301{number}"];
            var asked = forms[random.Next(2)];
            if (!model.Remove(number, out var known))
            {
                Assert.That(index.Find(Bytes(asked)), Is.EqualTo(default(InodeId)));
                known = (forms[random.Next(2)], new InodeId((ulong)step + 1));
                index.Add(Bytes(known.Name), known.Id, (ulong)step + 16);
                model.Add(number, known);
            }
            else
            {
                Assert.That(index.Stored(Bytes(asked)), Is.EqualTo(Bytes(known.Name)));
                Assert.That(index.FindExact(Bytes(asked)), Is.EqualTo(asked == known.Name ? known.Id : default));
                Assert.That(index.Remove(Bytes(asked)), Is.EqualTo(known.Id));
            }

            Assert.That(index.Count, Is.EqualTo(model.Count));
        }
    }

    [Test]
    public void NamesGivenOut_StayGood_AfterTheDirectoryChanged()
    {
        var index = new DirectoryIndex();
        index.Add(Bytes("first"), new InodeId(1), 16);
        var position = 0;
        index.TryNext(ref position, out _, out var name, out _);

        index.Remove(Bytes("first"));
        for (var i = 0; i < 5000; i++)
        {
            index.Add(Bytes($"x{i}"), new InodeId(9), 17 + (ulong)i);
            index.Remove(Bytes($"x{i}"));
        }

        Assert.That(Encoding.UTF8.GetString(name.Span), Is.EqualTo("first"));
    }

    [Test]
    public void AddAndRemove_OfTheSameName_DoesNotGrowWithoutBound()
    {
        var index = new DirectoryIndex();
        for (var i = 0; i < 100_000; i++)
        {
            index.Add(Bytes("lock"), new InodeId(1), 16 + (ulong)i);
            index.Remove(Bytes("lock"));
        }

        Assert.That(index.MemoryBytes, Is.LessThan(16 * 1024));
    }

    [Test]
    public void Misuse_Throws()
    {
        var index = new DirectoryIndex();
        index.Add(Bytes("a"), new InodeId(1), 20);

        Assert.That(() => index.Add(Bytes("a"), new InodeId(2), 21), Throws.InvalidOperationException);
        Assert.That(() => index.Add(Bytes("b"), new InodeId(2), 20), Throws.InvalidOperationException);
        Assert.That(() => index.Remove(Bytes("b")), Throws.InvalidOperationException);
    }

    private static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name);

    private static void AssertListing(
        DirectoryIndex index, SortedDictionary<ulong, (string Name, InodeId Id)> model, ulong after, string when)
    {
        var found = new List<(ulong, string, InodeId)>();
        var position = index.PositionAfter(after);
        while (index.TryNext(ref position, out var id, out var name, out var cookie))
        {
            found.Add((cookie, Encoding.UTF8.GetString(name.Span), id));
        }

        var expected = model.Where(x => x.Key > after).Select(x => (x.Key, x.Value.Name, x.Value.Id));
        Assert.That(found, Is.EqualTo(expected), when);
    }
}
