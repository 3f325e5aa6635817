using Cas.Client;
using Cas.Client.Backends.Hub;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub;

// If these fail, a gateway serves another place than the one that was named, or writes into it.
public sealed class HubUrlTests
{
    [TestCase("hf://buckets/o/n", "Bucket", "o/n", "", "")]
    [TestCase("hf://buckets/o/n/", "Bucket", "o/n", "", "")]
    [TestCase("hf://buckets/o/n/a/b%20c", "Bucket", "o/n", "", "a/b c")]
    [TestCase("hf://o/n", "Model", "o/n", "main", "")]
    [TestCase("hf://models/o/n@v1.0/sub", "Model", "o/n", "v1.0", "sub")]
    [TestCase("hf://datasets/o/n@refs%2Fpr%2F1", "Dataset", "o/n", "refs/pr/1", "")]
    [TestCase("hf://spaces/o-1/n_2.x/sub/dir", "Space", "o-1/n_2.x", "main", "sub/dir")]
    public void Parse_APlace(string url, string kind, string id, string revision, string prefix)
    {
        var place = HubUrl.Parse(url);

        Assert.That(place.Kind.ToString(), Is.EqualTo(kind));
        Assert.That((place.Id, place.Revision, place.Prefix), Is.EqualTo((id, revision, prefix)));
        Assert.That(place.IsReadOnly, Is.EqualTo(kind != "Bucket"));
        Assert.That(HubUrl.Parse(place.Url), Is.EqualTo(place), "a URL that is shown can be given");
    }

    [TestCase("hf://")]
    [TestCase("hf://o")]
    [TestCase("hf://buckets/o")]
    [TestCase("hf://buckets/o/n@main")]
    [TestCase("hf://o/..")]
    [TestCase("hf://o/n?x=1")]
    [TestCase("hf://o /n")]
    [TestCase("hf://o/n@")]
    [TestCase("hf://o/n/a//b")]
    [TestCase("hf://o/n/../x")]
    [TestCase("hf://o/n/%2E%2E/x")]
    [TestCase("hf://user:secret@host/n")]
    [Covers("EC-218")]
    public void Parse_NoPlace_IsRefusedWithASentence(string url) =>
        Assert.That(
            () => HubUrl.Parse(url),
            Throws.InstanceOf<StoreUnavailableException>().With.Message.Contains("hf://buckets/OWNER/NAME"));

    [TestCase("", "a/b", "a/b")]
    [TestCase("p", "p/a", "a")]
    [TestCase("p", "p", null)]
    [TestCase("p", "pa/b", null, Description = "only begins like it")]
    [TestCase("p", "p.x", null)]
    [TestCase("", "/a", null)]
    [TestCase("", "a/../b", null)]
    [TestCase("p", "p//a", null)]
    [TestCase("", "a\0b", null)]
    public void Below_OnlyPathsUnderThePrefix(string prefix, string path, string? expected)
    {
        var below = HubPath.Below(prefix, path);

        Assert.That(below is null ? null : System.Text.Encoding.UTF8.GetString(below), Is.EqualTo(expected));
    }

    [Test]
    public void Escape_KeepsSlashesAlone() =>
        Assert.That(HubPath.Escape("a b/c#d?e%f/ü"), Is.EqualTo("a%20b/c%23d%3Fe%25f/%C3%BC"));
}
