using System.Globalization;
using Cas.Client.Sqlite;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Sqlite;

// If these fail, the gateway does not start, or what it acknowledged is lost at a power failure.
[TestFixture]
internal sealed class SystemSqliteTests
{
    private string _directory = string.Empty;

    [SetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("sqlite-test-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Initialize_FromManyThreads_BindsOneLibrary()
    {
        Parallel.For(0, 16, _ => SystemSqlite.Initialize());

        TestContext.Out.WriteLine($"SQLite {SystemSqlite.Version}");
        Assert.That(Version.Parse(SystemSqlite.Version), Is.GreaterThanOrEqualTo(new Version(3, 35, 0)));
    }

    [TestCase("journal_mode", "wal")]
    [TestCase("synchronous", "2")]
    [TestCase("busy_timeout", "5000")]
    [TestCase("foreign_keys", "0")]
    [TestCase("temp_store", "2")]
    public void Open_NewDatabase_HasTheSettingsThatDurabilityNeeds(string pragma, string expected)
    {
        using var connection = SystemSqlite.Open(Path.Combine(_directory, "a.db"));

        Assert.That(Scalar(connection, $"PRAGMA {pragma}"), Is.EqualTo(expected));
    }

    [Test]
    public void Open_AfterDispose_FindsWhatWasCommitted()
    {
        var path = Path.Combine(_directory, "a;b '\"é.db");
        using (var first = SystemSqlite.Open(path))
        {
            Scalar(first, "CREATE TABLE t (k BLOB PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (x'00ff2f')");
        }

        using var second = SystemSqlite.Open(path, SqliteOpenMode.ReadOnly);

        Assert.That(Scalar(second, "SELECT hex(k) FROM t"), Is.EqualTo("00FF2F"));
        Assert.That(File.Exists(path), Is.True);
    }

    [Test]
    public void Open_FileThatIsNoDatabase_Throws()
    {
        var path = Path.Combine(_directory, "text");
        File.WriteAllText(path, new string('x', 4096));

        Assert.That(() => SystemSqlite.Open(path), Throws.TypeOf<SqliteException>());
    }

    private static string? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
