using Cas.Client;
using Cas.Client.Formats;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Formats;

// If these fail, memory grows with what was ever read, or what is used all the time is asked for again and again.
[TestFixture]
internal sealed class CostCacheTests
{
    private CostCache<string> _cache = null!;

    [SetUp]
    public void SetUp() => _cache = new CostCache<string>(10, text => text.Length);

    [Test]
    public void Full_DropsTheLongestUnused()
    {
        _cache.Keep(Name(1), "12345");
        _cache.Keep(Name(2), "12345");
        _cache.Find(Name(1));

        _cache.Keep(Name(3), "123");

        Assert.That(_cache.Find(Name(1)), Is.Not.Null);
        Assert.That(_cache.Find(Name(2)), Is.Null);
        Assert.That(_cache.Find(Name(3)), Is.Not.Null);
    }

    [Test]
    public void Full_TakesWhatIsNew()
    {
        _cache.Keep(Name(1), "1234567890");

        _cache.Keep(Name(2), "more than there is room for");

        Assert.That(_cache.Find(Name(1)), Is.Null);
        Assert.That(_cache.Find(Name(2)), Is.Not.Null);
    }

    private static MerkleHash Name(ulong number) => new(number, 0, 0, 0);
}
