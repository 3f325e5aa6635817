using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Vfs.Core.Metadata;

/// <summary>
/// A prepared statement used again and again without allocating. Parameters count from 1, columns from 0. Belongs to
/// one connection and is used by one thread at a time. Failures throw <see cref="SqliteException"/>.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    public Statement Bind(int index, ulong value) => Bind(index, unchecked((long)value));

    public Statement Bind(int index, InodeId value) => Bind(index, value.Value);

    public Statement Bind(int index, Timestamp value) => Bind(index, value.Nanoseconds);

    public Statement Bind(int index, ulong? value)
    {
        if (value is { } number)
        {
            return Bind(index, number);
        }

        Check(raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        // An empty span has no address, and SQLite would store NULL for it.
        Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_statement, index, 0)
            : raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    public Statement BindText(int index, string value)
    {
        Check(raw.sqlite3_bind_text(_statement, index, value));
        return this;
    }

    /// <summary>Goes to the next row; false after the last, and then the statement is ready for its next use.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        Reset();
        if (result != raw.SQLITE_DONE)
        {
            Check(result);
        }

        return false;
    }

    /// <summary>Runs to the end.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Ends reading before the last row.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public ulong ULong(int column) => unchecked((ulong)Long(column));

    public uint UInt(int column) => unchecked((uint)Long(column));

    public InodeId Inode(int column) => new(ULong(column));

    public Timestamp Time(int column) => new(Long(column));

    public ulong? NullableULong(int column) =>
        raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : ULong(column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Bytes that stay good until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw new SqliteException(raw.sqlite3_errmsg(_database).utf8_to_string(), result);
        }
    }
}
