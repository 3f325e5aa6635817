using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cas.Client.Sqlite;

/// <summary>
/// Binds the managed SQLite API to the library of the operating system, which the distribution patches, and opens
/// databases with the settings that the gateway's promises need. May be used from several threads at once.
/// </summary>
public static class SystemSqlite
{
    /// <summary>How long a statement waits for another connection's lock before it fails.</summary>
    public const int BusyTimeoutMs = 5_000;

    private const string ProviderImport = "e_sqlite3";

    private static readonly string[] s_libraryNames =
    [
        "libsqlite3.so.0",
        "/usr/lib/libsqlite3.dylib",
        "/opt/homebrew/opt/sqlite/lib/libsqlite3.dylib",
        "/usr/local/opt/sqlite/lib/libsqlite3.dylib",
        "libsqlite3.dylib",
    ];

    // Lazy runs the binding once however many threads ask, and throws the same exception to all of them.
    private static readonly Lazy<string> s_version = new(Bind);

    /// <summary>Version of the library, such as 3.40.1. Binds it on the first call.</summary>
    public static string Version => s_version.Value;

    /// <summary>
    /// Binds the library; only the first call does anything. Throws <see cref="DllNotFoundException"/> with a sentence
    /// for people if the system has none.
    /// </summary>
    public static void Initialize() => _ = s_version.Value;

    /// <summary>
    /// Opens a database in WAL mode where a commit is on stable storage when it returns. Connections are not pooled:
    /// disposing one closes the file. Throws <see cref="SqliteException"/>.
    /// </summary>
    public static SqliteConnection Open(string path, SqliteOpenMode mode = SqliteOpenMode.ReadWriteCreate)
    {
        Initialize();
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,

            // The provider goes on trying a busy statement on its own, by default for 30 s.
            DefaultTimeout = BusyTimeoutMs / 1000,
        };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            Configure(connection, mode);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Configure(SqliteConnection connection, SqliteOpenMode mode)
    {
        using var command = connection.CreateCommand();

        // The timeout comes first: changing the journal mode needs a lock that another connection may hold.
        command.CommandText = $"PRAGMA busy_timeout={BusyTimeoutMs}";
        command.ExecuteNonQuery();
        if (mode != SqliteOpenMode.ReadOnly)
        {
            command.CommandText = "PRAGMA journal_mode=WAL";
            var journal = command.ExecuteScalar() as string;

            // SQLite answers with the mode that it kept. A database in memory has no journal on disk.
            if (journal is not ("wal" or "memory"))
            {
                throw new SqliteException(
                    $"the file system cannot hold a WAL: journal mode is {journal}", raw.SQLITE_IOERR);
            }
        }

        // FULL syncs the WAL at each commit. fullfsync makes that sync reach the platter on macOS; no effect elsewhere.
        command.CommandText =
            "PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;";
        command.ExecuteNonQuery();
    }

    private static string Bind()
    {
        var provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
        NativeLibrary.SetDllImportResolver(provider, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        return raw.sqlite3_libversion().utf8_to_string();
    }

    private static nint Resolve(string import, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (import != ProviderImport)
        {
            return 0;
        }

        foreach (var name in s_libraryNames)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        throw new DllNotFoundException(
            "The SQLite library (libsqlite3.so.0) is not installed; on Debian and Ubuntu: " +
            "apt-get install libsqlite3-0");
    }
}
