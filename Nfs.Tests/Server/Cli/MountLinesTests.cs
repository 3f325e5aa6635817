using System.Net;
using NUnit.Framework;
using Nfs.Server.Cli;
using Nfs.Server.Exports;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Server.Cli;

// If these fail, what a user pastes does not mount, or locks fail in the mount.
public sealed class MountLinesTests
{
    [Test]
    [Covers("EC-269", "N-232")]
    public void Version4Address()
    {
        var lines = new MountLines(IPEndPoint.Parse("127.0.0.1:12049"), new Export { Path = "/projects" });

        Assert.That(lines.Linux, Does.Contain(
            "mount -t nfs -o vers=3,tcp,nolock,port=12049,mountport=12049 127.0.0.1:/projects /mnt/nfsgw"));
        Assert.That(lines.MacOs, Does.Contain(
            "mount_nfs -o vers=3,tcp,port=12049,mountport=12049,locallocks,rsize=1048576,wsize=1048576 "
            + "127.0.0.1:/projects "));
        Assert.That(lines.Fstab.Split(' '), Has.Length.EqualTo(6));
        Assert.That(lines.Fstab, Does.StartWith("127.0.0.1:/projects /mnt/nfsgw nfs vers=3,tcp,nolock,"));
    }

    [Test]
    public void Version6Address_HasBracketsAndItsTransport()
    {
        var lines = new MountLines(IPEndPoint.Parse("[::1]:2049"), new Export());

        Assert.That(lines.Linux, Does.Contain("proto=tcp6").And.Contain(" [::1]:/ "));
        Assert.That(lines.MacOs, Does.Contain("vers=3,tcp6,").And.Contain(" [::1]:/ "));
    }

    [TestCase("0.0.0.0:2049")]
    [TestCase("[::]:2049")]
    public void AllAddresses_AreMountedByTheNameOfTheMachine(string endPoint)
    {
        var lines = new MountLines(IPEndPoint.Parse(endPoint), new Export());

        Assert.That(lines.Linux, Does.Contain("vers=3,tcp,").And.Contain($" {Environment.MachineName}:/ "));
    }

    [Test]
    [Covers("N-211")]
    public void ASecret_IsAskedForAndNotPrinted()
    {
        var export = new Export { Path = "/x", Secret = new MountSecret("0123456789abcdef"u8) };

        var lines = new MountLines(IPEndPoint.Parse("127.0.0.1:2049"), export);

        Assert.That(lines.Linux, Does.Contain(" 127.0.0.1:/SECRET/x "));
    }
}
