using Cas.Client.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Vfs.Core.Metadata;

namespace Nfs.Tests.Fixtures;

/// <summary>A state database of its own with a group commit over it, for tests of what needs one.</summary>
internal sealed class StateDatabase : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public StateDatabase(TimeProvider clock)
    {
        var connection = SystemSqlite.Open(Path);
        Schema.Prepare(connection);
        Commit = new GroupCommit(connection, 0, clock, TimeSpan.FromSeconds(8), NullLogger.Instance);
        Reader = new MetadataReader(SystemSqlite.Open(Path));
    }

    public string Path => _directory["state.db"];

    public GroupCommit Commit { get; }

    public MetadataReader Reader { get; }

    /// <summary>Rows of a query on a connection of its own, columns joined by commas.</summary>
    public List<string> Query(string sql)
    {
        using var connection = SystemSqlite.Open(Path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join(
                ",", Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) switch
                {
                    byte[] bytes => System.Text.Encoding.UTF8.GetString(bytes),
                    var value => value.ToString(),
                })));
        }

        return rows;
    }

    public void Dispose()
    {
        Commit.Dispose();
        Reader.Dispose();
        _directory.Dispose();
    }
}
