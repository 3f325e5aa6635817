using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;

namespace Vfs.Core.Metadata;

/// <summary>What a state is, and stays: the state of one store, and either an overlay or not.</summary>
internal static class StateIdentity
{
    private const string StoreKey = "store";
    private const string OverlayKey = "overlay";

    /// <inheritdoc cref="GatewayFileSystem.FindStoreIdentity"/>
    public static string? FindStore(string statePath)
    {
        var database = StateDirectory.DatabasePathOf(statePath);
        if (!File.Exists(database))
        {
            return null;
        }

        try
        {
            using var connection = SystemSqlite.Open(database, SqliteOpenMode.ReadOnly);
            return Schema.IsPrepared(connection) ? StoreOf(connection) : null;
        }
        catch (SqliteException e)
        {
            throw new StateUnavailableException($"The state in {statePath} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The identity of the store; null if the state has none yet.</summary>
    public static string? StoreOf(SqliteConnection connection) => Load(connection, StoreKey) as string;

    /// <summary>Binds a new state to a store, and refuses one that belongs to another.</summary>
    public static void CheckStore(SqliteConnection connection, string identity)
    {
        if (StoreOf(connection) is not { } known)
        {
            Save(connection, StoreKey, identity);
        }
        else if (known != identity)
        {
            throw new StateUnavailableException(
                "This state belongs to another store; give it the store it was made with, or another --state.");
        }
    }

    /// <summary>
    /// Once a state is served (<paramref name="servedKey"/>) it is an overlay for ever, or never: what was kept here
    /// must not be sent one day because a word was forgotten, and what was to be sent must not stay.
    /// </summary>
    public static void CheckOverlay(SqliteConnection connection, bool isOverlay, string servedKey)
    {
        if (Load(connection, servedKey) is null)
        {
            Save(connection, OverlayKey, isOverlay);
        }
        else if (Load(connection, OverlayKey) is 1L != isOverlay)
        {
            throw new StateUnavailableException(isOverlay
                ? "This state sends its changes to the store and cannot become an overlay; take another --state."
                : "This state is an overlay, whose changes are never sent to the store; start it with --overlay, or "
                    + "take another --state.");
        }
    }

    /// <summary>One setting; null if there is none.</summary>
    public static object? Load(SqliteConnection connection, string key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key=$key";
        command.Parameters.AddWithValue("$key", key);
        return command.ExecuteScalar();
    }

    private static void Save(SqliteConnection connection, string key, object value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO meta VALUES($key,$value)";
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }
}
