using System.Text;
using Cas.Client;
using NUnit.Framework;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// A small honest store without a disk, for tests of what lies above it. Wrap it in <see cref="FaultyStore"/> to make
/// it fail, stall or count. It passes the same contract suites as the real ones.
/// </summary>
internal sealed class InMemoryStore : IStore
{
    private readonly InMemoryContentStore _content = new();
    private readonly InMemoryTree _tree = new();

    public string Url { get; init; } = "memory:";

    public string Identity { get; init; } = Guid.NewGuid().ToString("N");

    public IContentStore Content => _content;

    public IRemoteTree Tree => _tree;

    /// <summary>Loses an object, as a damaged store would.</summary>
    public void Lose(ContentId content) => _content.Lose(content);

    /// <summary>Bytes of an object, or null.</summary>
    public byte[]? Find(ContentId content) => _content.Find(content);

    /// <summary>Another writer changes what is at a path, or makes a file there; without an entry he removes it.</summary>
    public async Task ChangeAsync(string path, Func<TreeEntry, TreeEntry?> change)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var found = (await _tree.LookupAsync(name, default)).Value;
        var entry = found?.Entry ?? new TreeEntry { Kind = TreeEntryKind.File, Mode = 0x1A4 };
        var changed = new TreeChange(name, change(entry), found?.Version ?? TreeVersion.Absent);
        Assert.That((await _tree.CommitAsync([changed], default)).IsOk, Is.True, path);
    }

    /// <summary>Another writer gives a file other bytes, or makes it with them.</summary>
    public async Task PutAsync(string path, byte[] bytes)
    {
        var content = (await Content.PutAsync(new MemorySource(bytes), default)).Value;
        await ChangeAsync(path, entry => entry with { Content = content });
    }

    public ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken) =>
        new((CasResult<bool>)true);

    public ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) => new((CasResult<bool>)true);

    /// <summary>Keeps everything: a test may go on with the same store after a restart of what uses it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
