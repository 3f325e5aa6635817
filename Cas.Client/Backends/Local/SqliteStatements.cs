using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>Statements that are compiled once and run many times.</summary>
internal static class SqliteStatements
{
    /// <summary>Compiles a statement; values are set by the place of their name among the parameters.</summary>
    public static SqliteCommand Compile(
        this SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.AddWithValue(name, DBNull.Value);
        }

        command.Prepare();
        return command;
    }

    /// <summary>Runs statements that answer nothing.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
