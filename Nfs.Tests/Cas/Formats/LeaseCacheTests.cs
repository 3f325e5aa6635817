using Cas.Client.Formats;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Formats;

// If these fail, many readers of one place do the same work at the same time, or use what is closed already.
[TestFixture]
internal sealed class LeaseCacheTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Borrow_ByManyWhileItIsOpened_OpensOnce()
    {
        const int readers = 4;
        using var asking = new CountdownEvent(readers);
        var opened = 0;
        using var cache = new LeaseCache<int, Thing>(
            _ =>
            {
                Interlocked.Increment(ref opened);
                Assert.That(asking.Wait(s_deadline), Is.True);
                return new Thing();
            },
            1);
        Thing Read()
        {
            asking.Signal();
            using var lease = cache.Borrow(1);
            return lease.Value;
        }

        var things = await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => Task.Factory.StartNew(
            Read, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.That(opened, Is.EqualTo(1));
        Assert.That(things, Is.All.SameAs(things[0]));
    }

    [Test]
    public void Borrow_AfterAFailure_TriesAgain()
    {
        var tries = 0;
        using var cache = new LeaseCache<int, Thing>(
            _ => ++tries == 1 ? throw new IOException("away") : new Thing(), 1);

        Assert.That(() => cache.Borrow(1), Throws.TypeOf<IOException>());
        using var lease = cache.Borrow(1);

        Assert.That(lease.Value.IsClosed, Is.False);
    }

    [Test]
    public void Borrow_MoreThanAreKept_ClosesTheOldestWhenItIsGivenBack()
    {
        using var cache = new LeaseCache<int, Thing>(_ => new Thing(), 2);
        var first = cache.Borrow(1);

        cache.Borrow(2).Dispose();
        cache.Borrow(3).Dispose();
        var isClosedEarly = first.Value.IsClosed;
        first.Dispose();

        Assert.That(isClosedEarly, Is.False);
        Assert.That(first.Value.IsClosed, Is.True);
    }

    [Test]
    public void Forget_WhileBorrowed_OpensAnewForTheNext()
    {
        using var cache = new LeaseCache<int, Thing>(_ => new Thing(), 2);
        using var old = cache.Borrow(1);

        cache.Forget(1);
        using var next = cache.Borrow(1);

        Assert.That(next.Value, Is.Not.SameAs(old.Value));
        Assert.That(old.Value.IsClosed, Is.False);
    }

    private sealed class Thing : IDisposable
    {
        public bool IsClosed { get; private set; }

        public void Dispose() => IsClosed = true;
    }
}
