using Cas.Client;
using Cas.Client.Backends.Local;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a full disk looks like a passing trouble, or a passing trouble like lost data.
[TestFixture]
internal sealed class IoErrorMapTests
{
    private static readonly object[] s_cases =
    [
        new object[] { new IOException("full", 28), CasError.NoSpace },
        new object[] { new IOException("quota", 122), CasError.NoSpace },
        new object[] { new IOException("too big", 27), CasError.NoSpace },
        new object[] { new IOException("read-only", 30), CasError.Forbidden },
        new object[] { new IOException("EIO", 5), CasError.Unreachable },
        new object[] { new IOException("too many files", 24), CasError.Unreachable },
        new object[] { new FileNotFoundException(), CasError.Unreachable },
        new object[] { new UnauthorizedAccessException(), CasError.Forbidden },
        new object[] { new SqliteException("full", 13), CasError.NoSpace },
        new object[] { new SqliteException("busy", 5), CasError.Unreachable },
        new object[] { new SqliteException("corrupt", 11), CasError.Corrupt },
        new object[] { new SqliteException("not a database", 26), CasError.Corrupt },
        new object[] { new SqliteException("read-only", 8), CasError.Forbidden },
        new object[] { new SqliteException("I/O", 10), CasError.Unreachable },
        new object[] { new CasException(CasError.Conflict, "a"), CasError.Conflict },
    ];

    [TestCaseSource(nameof(s_cases))]
    public void Map_KnownFailure_IsItsError(Exception exception, CasError expected)
    {
        Assert.That(IoErrorMap.Covers(exception), Is.True);
        Assert.That(IoErrorMap.Map(exception), Is.EqualTo(expected));
        Assert.That(IoErrorMap.Fail<int>(exception).Detail, Is.EqualTo(exception.Message));
    }

    [Test]
    public void Write_FullDisk_IsNoSpace()
    {
        // The real thing: what .NET makes of ENOSPC is a matter of its version.
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);

        var failure = Assert.Catch(() => RandomAccess.Write(full, new byte[1], 0))!;

        Assert.That(IoErrorMap.Covers(failure), Is.True);
        Assert.That(IoErrorMap.Map(failure), Is.EqualTo(CasError.NoSpace));
    }

    [Test]
    public void Covers_ABug_DoesNotHideIt()
    {
        Assert.That(IoErrorMap.Covers(new InvalidOperationException()), Is.False);
        Assert.That(IoErrorMap.Covers(new ObjectDisposedException("x")), Is.False);
        Assert.That(IoErrorMap.Covers(new OperationCanceledException()), Is.False);
    }
}
