using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>
/// The states of gateways that have used a store, kept beside its tree: what they name must not be deleted, also while
/// they are stopped. Methods block on the disk and throw what <see cref="IoErrorMap"/> covers.
/// </summary>
internal sealed class StateRegister(string treePath)
{
    /// <summary>Notes a state on stable storage; one that is noted at this place already costs no write.</summary>
    public void Add(StateNote state)
    {
        using var connection = SystemSqlite.Open(treePath, SqliteOpenMode.ReadWrite);
        connection.Execute(TreeSchema.CreateStates);
        using var find = connection.Compile("SELECT path FROM state WHERE id = @id", "@id");
        find.Parameters[0].Value = state.Id;
        if (find.ExecuteScalar() as string == state.Path)
        {
            return;
        }

        using var put = connection.Compile("REPLACE INTO state (id, path) VALUES (@id, @path)", "@id", "@path");
        put.Parameters[0].Value = state.Id;
        put.Parameters[1].Value = state.Path;
        put.ExecuteNonQuery();
    }

    /// <summary>All that were noted and not forgotten.</summary>
    public List<StateNote> All()
    {
        using var connection = SystemSqlite.Open(treePath, SqliteOpenMode.ReadWrite);
        connection.Execute(TreeSchema.CreateStates);
        using var select = connection.Compile("SELECT id, path FROM state ORDER BY path, id");
        using var rows = select.ExecuteReader();
        var states = new List<StateNote>();
        while (rows.Read())
        {
            states.Add(new StateNote(rows.GetString(0), rows.GetString(1)));
        }

        return states;
    }

    /// <summary>Forgets states, by their names.</summary>
    public void Remove(IEnumerable<string> ids)
    {
        using var connection = SystemSqlite.Open(treePath, SqliteOpenMode.ReadWrite);
        using var delete = connection.Compile("DELETE FROM state WHERE id = @id", "@id");
        foreach (var id in ids)
        {
            delete.Parameters[0].Value = id;
            delete.ExecuteNonQuery();
        }
    }
}
