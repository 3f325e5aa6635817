using Cas.Client;
using Cas.Client.Backends.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a gateway under the wrong user says something misleading, or leaves half a store behind.
[TestFixture]
internal sealed class LocalStorePermissionTests
{
    private const UnixFileMode Traverse = UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Look = Traverse | UnixFileMode.UserRead | UnixFileMode.OtherRead;

    private StoreDirectory _directory = null!;

    [SetUp]
    public void SetUp() => _directory = new StoreDirectory();

    [TearDown]
    public void TearDown()
    {
        File.SetUnixFileMode(_directory.Path, Look | UnixFileMode.UserWrite);
        _directory.Dispose();
    }

    [TestCase(Look, Description = "not writable")]
    [TestCase(Traverse, Description = "not readable")]
    [TestCase(UnixFileMode.None, Description = "nothing")]
    public void Open_WithoutPermission_SaysSoAndChangesNothing(UnixFileMode mode)
    {
        File.SetUnixFileMode(_directory.Path, mode);

        var failure = Assert.Throws<StoreUnavailableException>(() => Unprivileged.Run(() => LocalStore.Open(
            _directory.Url, _directory.Path, null, TimeProvider.System, NullLoggerFactory.Instance)))!;

        Assert.That(failure.Message, Does.Contain(_directory.Path).And.Contain("denied"));
        Assert.That(_directory.Snapshot(), Is.Empty);
    }

    [Test]
    public async Task Open_ParentNotTraversable_DoesNotSayThatItIsMissing()
    {
        Directory.CreateDirectory(_directory["inner"]);
        await using (await StoreDirectory.OpenAsync(_directory.Url + "/inner"))
        {
        }

        File.SetUnixFileMode(_directory.Path, UnixFileMode.None);

        var failure = Assert.Throws<StoreUnavailableException>(() => Unprivileged.Run(() => LocalStore.Open(
            _directory.Url, _directory["inner"], null, TimeProvider.System, NullLoggerFactory.Instance)))!;

        Assert.That(failure.Message, Does.Contain("denied").And.Not.Contain("does not exist"));
    }
}
