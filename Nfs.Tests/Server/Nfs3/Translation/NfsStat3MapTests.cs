using Nfs.Server.Nfs3.Translation;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3.Translation;

// Programs act on error numbers: an EPERM that arrives as EIO makes a backup stop at a file that it could skip.
[TestFixture]
internal sealed class NfsStat3MapTests
{
    [Test]
    [Covers("EC-263")]
    public void From_EveryError_IsTheStatusOfThatName()
    {
        foreach (var error in Enum.GetValues<VfsError>())
        {
            var expected = error switch
            {
                VfsError.None => "NFS3_OK",
                VfsError.Access => "NFS3ERR_ACCES",
                VfsError.Again => "NFS3ERR_JUKEBOX",
                VfsError.NotSync => "NFS3ERR_NOT_SYNC",
                VfsError.BadCookie => "NFS3ERR_BAD_COOKIE",
                _ => "NFS3ERR_" + error.ToString().ToUpperInvariant(),
            };
            Assert.That(NfsStat3Map.From(error).ToString(), Is.EqualTo(expected));
        }
    }
}
