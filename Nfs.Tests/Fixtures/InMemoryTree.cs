using System.Globalization;
using Cas.Client;
using Cas.Client.Backends;

namespace Nfs.Tests.Fixtures;

/// <summary>Paths in a sorted list; every page costs a look at all of them.</summary>
internal sealed class InMemoryTree : IRemoteTree
{
    private readonly Lock _gate = new();
    private readonly SortedList<byte[], TreeItem> _items = new(ByBytes); // Guarded by _gate.
    private ulong _version; // Guarded by _gate.

    private static IComparer<byte[]> ByBytes { get; } =
        Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    public ValueTask<CasResult<string>> FindRevisionAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return new((CasResult<string>)_version.ToString(CultureInfo.InvariantCulture));
        }
    }

    public ValueTask<CasResult<IReadOnlyList<TreeItem>>> ListAsync(
        ReadOnlyMemory<byte> directory, bool recursive, ReadOnlyMemory<byte> after, int limit,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (limit < 1 || !TreePath.IsValid(directory.Span) || after.Length > TreePath.BytesMax)
        {
            return new(CasResult.Fail<IReadOnlyList<TreeItem>>(CasError.Invalid, "limit or path"));
        }

        lock (_gate)
        {
            var page = _items.Values
                .Where(x => IsBelow(x.Path.Span, directory.Span, recursive))
                .Where(x => after.IsEmpty || x.Path.Span.SequenceCompareTo(after.Span) > 0)
                .Take(limit)
                .ToList();
            return new(new CasResult<IReadOnlyList<TreeItem>>(CasError.None, page));
        }
    }

    public ValueTask<CasResult<TreeItem?>> LookupAsync(ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TreePath.IsValid(path.Span))
        {
            return new(CasResult.Fail<TreeItem?>(CasError.Invalid, "not a path"));
        }

        lock (_gate)
        {
            return new(new CasResult<TreeItem?>(CasError.None, _items.GetValueOrDefault(path.ToArray())));
        }
    }

    public ValueTask<CasResult<IReadOnlyList<TreeVersion>>> CommitAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TreeBatch.Check(changes) is { } problem)
        {
            return new(CasResult.Fail<IReadOnlyList<TreeVersion>>(CasError.Invalid, problem));
        }

        lock (_gate)
        {
            foreach (var change in changes)
            {
                if (VersionLocked(change.Path) != change.Expected)
                {
                    return new(CasResult.Fail<IReadOnlyList<TreeVersion>>(
                        CasError.Conflict, System.Text.Encoding.UTF8.GetString(change.Path.Span)));
                }
            }

            return new(new CasResult<IReadOnlyList<TreeVersion>>(CasError.None, changes.Select(ApplyLocked).ToList()));
        }
    }

    private static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory, bool recursive)
    {
        if (path.IsEmpty)
        {
            return false;
        }

        if (!directory.IsEmpty)
        {
            if (path.Length <= directory.Length || !path.StartsWith(directory) || path[directory.Length] != '/')
            {
                return false;
            }

            path = path[(directory.Length + 1)..];
        }

        return recursive || !path.Contains((byte)'/');
    }

    private TreeVersion VersionLocked(ReadOnlyMemory<byte> path) =>
        _items.GetValueOrDefault(path.ToArray())?.Version ?? TreeVersion.Absent;

    private TreeVersion ApplyLocked(TreeChange change)
    {
        var path = change.Path.ToArray();
        var version = new TreeVersion(++_version);
        if (change.Entry is null)
        {
            _items.Remove(path);
            return TreeVersion.Absent;
        }

        _items[path] = new TreeItem(path, change.Entry with { Target = change.Entry.Target.ToArray() }, version);
        return version;
    }
}
