using System.Globalization;
using Cas.Client;
using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;
using Vfs.Core.Metadata;

namespace Vfs.Core;

/// <summary>
/// What a gateway that does not run may ask its store for once it runs again: the bases of its files. The store's tree
/// need not name them: a flush may have ended and its commit not, or another gateway may have changed the path since.
/// </summary>
public static class StateContents
{
    /// <summary>
    /// Gives the base of each file of the state at <paramref name="path"/> to <paramref name="each"/>, in no order.
    /// The store is locked by the caller, so that no gateway changes the state meanwhile. Changes nothing.
    /// </summary>
    /// <exception cref="StateUnavailableException">
    /// The state is not there, cannot be read, or is not the one of this name and this store.
    /// </exception>
    public static void Read(string path, string stateId, string storeIdentity, Action<ContentId> each)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(each);
        var database = StateDirectory.DatabasePathOf(path);
        if (!File.Exists(database))
        {
            throw Unreadable(path, "it is not there");
        }

        try
        {
            using var connection = SystemSqlite.Open(database, SqliteOpenMode.ReadOnly);
            if (!Schema.IsReadable(connection))
            {
                throw Unreadable(path, "another version of nfsgw wrote it");
            }

            if (StateIdentity.StoreOf(connection) != storeIdentity
                || StateIdentity.Load(connection, GatewayParts.LinksKey) is not long key || IdOf((ulong)key) != stateId)
            {
                throw Unreadable(path, "what is there now is another state");
            }

            ReadBases(connection, path, each);
        }
        catch (SqliteException e)
        {
            throw new StateUnavailableException(Sentence(path, e.Message.TrimEnd('.')), e);
        }
    }

    /// <summary>The name of a state, from the number that it drew when it was made.</summary>
    internal static string IdOf(ulong drawn) => drawn.ToString("x16", CultureInfo.InvariantCulture);

    private static void ReadBases(SqliteConnection connection, string path, Action<ContentId> each)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT base_hash,base_size FROM content WHERE base_size<>0";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (rows.GetValue(0) is not byte[] { Length: MerkleHash.Bytes } hash)
            {
                throw Unreadable(path, "a row of its contents is damaged");
            }

            each(new ContentId(MerkleHash.Read(hash), (ulong)rows.GetInt64(1)));
        }
    }

    private static StateUnavailableException Unreadable(string path, string reason) => new(Sentence(path, reason));

    private static string Sentence(string path, string reason) =>
        $"The state {path} uses this store and cannot be read: {reason}.";
}
