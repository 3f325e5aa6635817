using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>Lookups and listings over one connection. Used by one thread at a time.</summary>
internal sealed class TreeReader : IDisposable
{
    private const string Select = $"SELECT {TreeSchema.Columns} FROM entry WHERE ";
    private const string Page = " ORDER BY path LIMIT @limit";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _lookup;
    private readonly SqliteCommand _children;
    private readonly SqliteCommand _below;
    private readonly SqliteCommand _belowRoot;
    private readonly SqliteCommand _revision;

    /// <summary>Owns the connection.</summary>
    public TreeReader(SqliteConnection connection)
    {
        _connection = connection;
        _lookup = connection.Compile(Select + "path = @path", "@path");
        _children = connection.Compile(
            Select + "parent = @parent AND path > @after" + Page, "@limit", "@after", "@parent");
        _below = connection.Compile(
            Select + "path > @after AND path < @before" + Page, "@limit", "@after", "@before");

        _revision = connection.Compile("SELECT value FROM counter WHERE name = 'version'");

        // A statement of its own: a bound that may be absent would make SQLite scan to the end of the table.
        _belowRoot = connection.Compile(Select + "path > @after" + Page, "@limit", "@after");
    }

    /// <summary>What every change counts up.</summary>
    public string Revision() => ((long)_revision.ExecuteScalar()!).ToString(CultureInfo.InvariantCulture);

    public TreeItem? Lookup(ReadOnlySpan<byte> path)
    {
        _lookup.Parameters[0].Value = path.ToArray();
        using var rows = _lookup.ExecuteReader();
        return rows.Read() ? TreeRow.Read(rows) : null;
    }

    /// <summary>Direct children after a path.</summary>
    public List<TreeItem> Children(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> after, int limit)
    {
        _children.Parameters[2].Value = directory.ToArray();
        return ReadPage(_children, after, limit);
    }

    /// <summary>Everything below a directory after a path.</summary>
    public List<TreeItem> Below(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> after, int limit)
    {
        if (directory.IsEmpty)
        {
            return ReadPage(_belowRoot, after, limit);
        }

        var (first, end) = TreePath.Below(directory);
        _below.Parameters[2].Value = end;
        return ReadPage(_below, after.SequenceCompareTo(first) > 0 ? after : first, limit);
    }

    /// <summary>All entries, in byte order of their paths.</summary>
    public IEnumerable<List<TreeItem>> Pages(int limit)
    {
        if (Lookup([]) is { } root)
        {
            yield return [root];
        }

        ReadOnlyMemory<byte> after = default;
        while (true)
        {
            var page = Below([], after.Span, limit);
            yield return page;
            if (page.Count < limit)
            {
                yield break;
            }

            after = page[^1].Path;
        }
    }

    public void Dispose()
    {
        _lookup.Dispose();
        _children.Dispose();
        _below.Dispose();
        _belowRoot.Dispose();
        _revision.Dispose();
        _connection.Dispose();
    }

    private static List<TreeItem> ReadPage(SqliteCommand command, ReadOnlySpan<byte> after, int limit)
    {
        command.Parameters[0].Value = limit;
        command.Parameters[1].Value = after.ToArray();
        var items = new List<TreeItem>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            items.Add(TreeRow.Read(rows));
        }

        return items;
    }
}
