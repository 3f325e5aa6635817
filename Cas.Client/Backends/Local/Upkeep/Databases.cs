using Cas.Client.Sqlite;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>Checks the structure of a database, page by page.</summary>
internal static class Databases
{
    /// <summary>Throws Corrupt as <see cref="CasException"/>, and what SQLite throws.</summary>
    public static void Verify(string path)
    {
        using var connection = SystemSqlite.Open(path, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check(1)";
        if (command.ExecuteScalar() as string is var answer and not "ok")
        {
            throw new CasException(CasError.Corrupt, answer ?? "no answer");
        }
    }
}
