using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cas.Client.Backends.Local;

/// <summary>
/// What a failure of the local disk means for the store's users; the only place that knows. An unknown failure is
/// Unreachable: the disk may come back, and nobody may conclude that data is gone.
/// </summary>
internal static class IoErrorMap
{
    // .NET keeps the errno in HResult, except for what it has own exception types for.
    private const int Enospc = 28;
    private const int Erofs = 30;
    private const int Efbig = 27;

    private static readonly int s_edquot = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>For exception filters: whether <see cref="Fail{T}"/> understands it; all else is a bug.</summary>
    public static bool Covers(Exception exception) =>
        exception is CasException or IOException or UnauthorizedAccessException or SqliteException;

    /// <summary>The failure as a value.</summary>
    public static CasResult<T> Fail<T>(Exception exception) => CasResult.Fail<T>(Map(exception), exception.Message);

    /// <summary>The error that an exception stands for.</summary>
    public static CasError Map(Exception exception) => exception switch
    {
        CasException known => known.Error,
        SqliteException sqlite => Map(sqlite),
        UnauthorizedAccessException => CasError.Forbidden,
        IOException io when io.HResult is Enospc or Efbig || io.HResult == s_edquot => CasError.NoSpace,
        IOException { HResult: Erofs } => CasError.Forbidden,
        _ => CasError.Unreachable,
    };

    private static CasError Map(SqliteException exception) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => CasError.NoSpace,

        // The only failure to get disk space that SQLite does not call by its name.
        raw.SQLITE_IOERR when exception.SqliteExtendedErrorCode == raw.SQLITE_IOERR_SHMSIZE => CasError.NoSpace,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => CasError.Corrupt,
        raw.SQLITE_READONLY or raw.SQLITE_PERM => CasError.Forbidden,
        _ => CasError.Unreachable,
    };
}
