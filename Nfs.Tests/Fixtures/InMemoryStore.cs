using Cas.Client;

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

    public ValueTask<CasResult<bool>> RegisterAsync(StateNote state, CancellationToken cancellationToken) =>
        new((CasResult<bool>)true);

    public ValueTask<CasResult<bool>> ProbeAsync(CancellationToken cancellationToken) => new((CasResult<bool>)true);

    /// <summary>Keeps everything: a test may go on with the same store after a restart of what uses it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
