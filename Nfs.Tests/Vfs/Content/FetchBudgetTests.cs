using NUnit.Framework;
using Vfs.Core.Content;

namespace Nfs.Tests.Vfs.Content;

// Memory must stay bounded however many read, and a reader who waits must not wait for what nobody asked for.
[TestFixture]
internal sealed class FetchBudgetTests
{
    [Test]
    public void Ahead_LeavesTheShareOfThoseWhoWait()
    {
        var budget = new FetchBudget(100, 75);

        Assert.That(budget.TryTakeAhead(70), Is.True);
        Assert.That(budget.TryTakeAhead(6), Is.False);
        Assert.That(budget.TakeAsync(30).IsCompleted, Is.True);
    }

    [Test]
    public async Task WhoWaits_IsServedInOrder_AndBeforeWhatIsAhead()
    {
        var budget = new FetchBudget(100, 75);
        await budget.TakeAsync(90);
        var large = budget.TakeAsync(60);
        var small = budget.TakeAsync(5);
        Assert.That((large.IsCompleted, small.IsCompleted), Is.EqualTo((false, false)), "the small one does not overtake");

        budget.Give(50);
        await large.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That((small.IsCompleted, budget.TryTakeAhead(1)), Is.EqualTo((false, false)));

        budget.Give(60);
        await small.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That((budget.TryTakeAhead(31), budget.TryTakeAhead(30)), Is.EqualTo((false, true)));
    }
}
