using Cas.Client;
using Cas.Client.Backends.Local;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, a store is made or looked for in another directory than the operator named.
[TestFixture]
internal sealed class FileUrlTests
{
    [TestCase("file:///srv/store", "/srv/store")]
    [TestCase("file:///srv/store/", "/srv/store")]
    [TestCase("FILE://localhost/srv", "/srv")]
    [TestCase("file:///a%20b%25/c+d#e?f", "/a b%/c+d#e?f")]
    [TestCase("file:///caf%C3%A9/é", "/café/é")]
    [TestCase("file:///a\\b", "/a\\b")]
    [TestCase("file:///", "/")]
    public void Parse_AbsolutePath_IsDecoded(string url, string expected) =>
        Assert.That(FileUrl.Parse(url), Is.EqualTo(expected));

    [TestCase("file:")]
    [TestCase("file:relative")]
    [TestCase("file:/one/slash")]
    [TestCase("file://relative/path")]
    [TestCase("file://host/share")]
    public void Parse_NotAbsolute_SaysHowToWriteIt(string url) =>
        Assert.That(
            () => FileUrl.Parse(url),
            Throws.TypeOf<StoreUnavailableException>().With.Message.Contains("file:///srv/store"));

    [TestCase("file:///a%")]
    [TestCase("file:///a%2")]
    [TestCase("file:///a%zz")]
    [TestCase("file:///a%00b")]
    [TestCase("file:///a%ff")]
    public void Parse_BadPercent_IsRefused(string url) =>
        Assert.That(() => FileUrl.Parse(url), Throws.TypeOf<StoreUnavailableException>().With.Message.Contains("%25"));

    [TestCase("s3://bucket/prefix")]
    [TestCase("/srv/store")]
    [TestCase("")]
    [Covers("EC-231")]
    public void OpenStore_UnknownKind_SaysWhatIsSupported(string url) =>
        Assert.That(
            () => StoreOpener.OpenStoreAsync(url, TimeProvider.System, NullLoggerFactory.Instance, default),
            Throws.TypeOf<StoreUnavailableException>().With.Message.Contains("file:///DIR"));

    [Test]
    public void OpenStore_UrlWithPassword_DoesNotShowIt() =>
        Assert.That(
            () => StoreOpener.OpenStoreAsync(
                "s3://me:hush@host/bucket", TimeProvider.System, NullLoggerFactory.Instance, default),
            Throws.TypeOf<StoreUnavailableException>().With.Message.Not.Contain("hush"));
}
