using System.Security.Cryptography;
using System.Text;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Model.Store;

/// <summary>
/// What may be in the store: contents that a file had at some moment, and in a directory that another writer has
/// for himself, what he put there.
/// </summary>
internal sealed class StoreHistory(InMemoryStore store)
{
    private readonly HashSet<byte[]> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<MerkleHash> _contents = [ContentId.Empty.Hash];
    private readonly Dictionary<string, TreeVersion> _theirs = new(StringComparer.Ordinal);
    private long _moment;

    /// <summary>The directory of another writer, in the root.</summary>
    public const string Theirs = "theirs";

    /// <summary>Makes the other writer's directory, or says that its names changed.</summary>
    public Task WriteDirectoryAsync() => WriteAsync(
        Theirs, new TreeEntry { Kind = TreeEntryKind.Directory, Mode = 0x1ED, Mtime = ++_moment });

    /// <summary>Another writer makes, changes or removes a file of his.</summary>
    public async Task WriteElsewhereAsync(int choice)
    {
        var path = $"{Theirs}/{choice % 3}";
        if (choice % 5 == 0)
        {
            await WriteAsync(path, null);
        }
        else
        {
            var bytes = new byte[choice % 30_000];
            new Random(choice).NextBytes(bytes);
            var content = (await store.Content.PutAsync(new MemorySource(bytes), default)).Value;
            await WriteAsync(
                path, new TreeEntry { Kind = TreeEntryKind.File, Content = content, Mode = 0x1A4, Mtime = ++_moment });
        }

        await WriteDirectoryAsync();
    }

    /// <summary>A state that existed here.</summary>
    public void Note(World world)
    {
        foreach (var state in world.All().SelectMany(x => x.Node.States))
        {
            if (!state.IsLoose && _seen.Add(state.Now))
            {
                _contents.Add(MerkleHash.Read(SHA256.HashData(state.Now)));
            }
        }
    }

    /// <summary>Looks at everything that the store shows to others.</summary>
    public async Task CheckAsync(World world)
    {
        Note(world);
        var items = (await store.Tree.ListAsync(default, true, default, int.MaxValue, default)).Value;
        foreach (var item in items.Where(item => item.Entry.Kind == TreeEntryKind.File))
        {
            var path = Encoding.UTF8.GetString(item.Path.Span);
            if (_theirs.ContainsKey(path) || _contents.Contains(item.Entry.Content.Hash))
            {
                continue;
            }

            // What a crash left is known only when somebody reads it, and may be sent before that.
            var bytes = store.Find(item.Entry.Content);
            Assert.That(bytes, Is.Not.Null.Or.Property("Length").EqualTo(0), $"R-2: the store lost {path}");
            Assert.That(
                world.All().Any(x => x.Node.States.Any(state => state.IsLoose && state.Allows(bytes))), Is.True,
                $"R-7: the store shows bytes of {path} that were never there");
        }

        foreach (var (path, version) in _theirs)
        {
            var found = (await store.Tree.LookupAsync(Encoding.UTF8.GetBytes(path), default)).Value;
            Assert.That(found?.Version ?? default, Is.EqualTo(version), $"R-8: {path} of another writer was changed");
        }
    }

    /// <summary>Everything was sent: the store has what the world has.</summary>
    public async Task CheckSentAsync(World world)
    {
        foreach (var (path, node) in world.Names().Where(x => x.Node.IsFile))
        {
            var found = (await store.Tree.LookupAsync(Encoding.UTF8.GetBytes(path), default)).Value;
            Assert.That(found, Is.Not.Null, $"R-7: {path} is not in the store");
            Assert.That(
                store.Find(found!.Entry.Content).AsSpan().SequenceEqual(node.States[0].Now), Is.True,
                $"R-7: {path} is not in the store as it is here");
        }
    }

    private async Task WriteAsync(string path, TreeEntry? entry)
    {
        var change = new TreeChange(Encoding.UTF8.GetBytes(path), entry, _theirs.GetValueOrDefault(path));
        _theirs[path] = (await store.Tree.CommitAsync([change], default)).Value[0];
    }
}
