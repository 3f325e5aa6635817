using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core.Metadata;

namespace Nfs.Tests.Vfs.Metadata;

// A number given twice makes an old file handle open another user's file.
[TestFixture]
internal sealed class IdSequenceTests
{
    private StateDatabase _database = null!;

    [SetUp]
    public void SetUp() => _database = new StateDatabase(TimeProvider.System);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public async Task Numbers_Rise_AndAreBelowADurableBound()
    {
        var sequence = new IdSequence("next", 1);
        ulong last = 0;
        for (var i = 0; i < 200_000; i++)
        {
            lock (_database.Commit.Gate)
            {
                var next = sequence.NextLocked(_database.Commit);
                Assert.That(next, Is.EqualTo(last + 1));
                last = next;
            }
        }

        await _database.Commit.WhenDurableAsync();
        var bound = ulong.Parse(_database.Query("SELECT value FROM meta WHERE key='next'").Single());
        Assert.That(bound, Is.GreaterThan(last));
    }

    [Test]
    [Covers("EC-261", "N-78")]
    public async Task NumberThatSomebodySaw_IsNeverGivenAgain_WhenTheProcessDies()
    {
        // The bound is made durable ahead: others see a new object before its own batch is on disk.
        var sequence = new IdSequence("next", 1);
        lock (_database.Commit.Gate)
        {
            sequence.ReserveLocked(_database.Commit);
        }

        await _database.Commit.WhenDurableAsync();
        for (var i = 0; i < 300_000; i++)
        {
            ulong durable;
            if (i % 10_000 == 0)
            {
                // As often as not a batch is written between two numbers.
                await _database.Commit.WhenDurableAsync();
            }

            lock (_database.Commit.Gate)
            {
                durable = i % 10_000 == 0
                    ? ulong.Parse(_database.Query("SELECT value FROM meta WHERE key='next'").Single())
                    : ulong.MaxValue;
                Assert.That(sequence.NextLocked(_database.Commit), Is.LessThan(durable));
            }
        }
    }
}
