using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content;

/// <summary>
/// A reader of bytes that the store has and does not give. Told too soon that it failed, a program loses its work over
/// a store that is restarted; told never, it hangs until somebody pulls the plug.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DataWaitTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pauseOfAClient = TimeSpan.FromSeconds(5);

    private readonly ManualClock _clock = new();
    private readonly byte[] _bytes = RandomBytes.Of(1000, 1);
    private TestGateway _gateway = null!;
    private InodeId _file;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync(null, _clock);
        _file = await _gateway.MakeStoredFileAsync("f", _bytes);
    }

    [TearDown]
    public async Task TearDown()
    {
        _gateway.Faults.Heal();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("N-221")]
    public async Task AStoreThatIsAwayForSeconds_IsNotSeen()
    {
        _gateway.Faults.Fail(StoreCalls.Read, CasError.Unreachable);
        var read = StartReading();
        await AdvanceUntilAsync(() => _gateway.Faults.Count(StoreCalls.Read) >= 4, TimeSpan.FromMilliseconds(20));
        Assert.That(read.IsCompleted, Is.False);

        _gateway.Faults.Heal();
        await AdvanceUntilAsync(() => read.IsCompleted, TimeSpan.FromMilliseconds(20));

        Assert.That(await BytesOfAsync(read), Is.EqualTo(_bytes));
    }

    [TestCase(true)]
    [TestCase(false)]
    [Covers("N-221", "N-224")]
    public async Task AStoreThatStaysAway_IsAskAgain_AfterTheWait_AndNotBefore(bool hangs)
    {
        TakeStoreAway(hangs);
        var started = _clock.GetTimestamp();

        var read = await EndOfAsync(StartReading());

        Assert.That(read.Error, Is.EqualTo(VfsError.Again));
        Assert.That(_clock.GetElapsedTime(started).TotalSeconds, Is.GreaterThan(7.9));
    }

    [TestCase(true)]
    [TestCase(false)]
    [Covers("N-223")]
    public async Task AStoreThatStaysAwayForLong_IsAnErrorInTheEnd_AndTheStatusSaysWhy(bool hangs)
    {
        TakeStoreAway(hangs);
        var started = _clock.GetTimestamp();
        ReadResult read;
        while ((read = await EndOfAsync(StartReading())).Error == VfsError.Again)
        {
            _clock.Advance(s_pauseOfAClient);
        }

        Assert.That(read.Error, Is.EqualTo(VfsError.Io));
        Assert.That(_clock.GetElapsedTime(started).TotalMinutes, Is.GreaterThan(9.99));
        Assert.That(read.Object, Is.EqualTo(_gateway.Attributes(_file)), "what is known is told");
        Assert.That(
            _gateway.Files.GetStatus().LastFailure,
            Does.Contain("I/O error").And.Contain(hangs ? "does not answer" : "made up by the test"));

        _gateway.Faults.Heal();
        Assert.That(await _gateway.ReadAllAsync(_file), Is.EqualTo(_bytes));
    }

    // Ten minutes are counted from when somebody asks, not from when the store went.
    [Test]
    [Covers("N-223")]
    public async Task AReaderWhoComesLate_HasTheSameTime_AndAnythingThatComesBeginsItAnew()
    {
        _gateway.Faults.Fail(StoreCalls.Read, CasError.Unreachable);
        Assert.That((await EndOfAsync(StartReading())).Error, Is.EqualTo(VfsError.Again));
        _clock.Advance(TimeSpan.FromHours(1));
        await AskForAsync(TimeSpan.FromMinutes(8));

        _gateway.Faults.Heal();
        Assert.That(await _gateway.ReadAllAsync(_file), Is.EqualTo(_bytes));
        await _gateway.EvictAsync();
        _gateway.Faults.Fail(StoreCalls.Read, CasError.Unreachable);
        await AskForAsync(TimeSpan.FromMinutes(8));
    }

    // Windows does not know "ask again", and shows it to its programs as an error at once.
    [TestCase(true)]
    [TestCase(false)]
    [Covers("N-225")]
    public async Task ClientsThatDoNotKnowAskAgain_AreNeverToldSo(bool hangs)
    {
        await _gateway.ReopenAsync(TestGateway.Quiet with
        {
            ReadWaitMax = TimeSpan.FromSeconds(45),
            GiveUpAfter = TimeSpan.FromSeconds(45),
        });
        TakeStoreAway(hangs);
        var started = _clock.GetTimestamp();

        var read = await EndOfAsync(StartReading());

        Assert.That(read.Error, Is.EqualTo(VfsError.Io));
        Assert.That(_clock.GetElapsedTime(started).TotalSeconds, Is.GreaterThan(44.9));
    }

    private void TakeStoreAway(bool hangs)
    {
        if (hangs)
        {
            _gateway.Faults.Stall(StoreCalls.Read);
        }
        else
        {
            _gateway.Faults.Fail(StoreCalls.Read, CasError.Unreachable);
        }
    }

    private Task<ReadResult> StartReading() =>
        _gateway.Files.ReadAsync(Caller.Root, _file, 0, _bytes.Length, default).AsTask();

    private static async Task<byte[]> BytesOfAsync(Task<ReadResult> read)
    {
        var result = await read;
        Assert.That(result.Error, Is.EqualTo(VfsError.None));
        using (result.Data)
        {
            return result.Data!.Memory[..result.Count].ToArray();
        }
    }

    private async Task<ReadResult> EndOfAsync(Task<ReadResult> read)
    {
        await AdvanceUntilAsync(() => read.IsCompleted, TimeSpan.FromMilliseconds(500));
        return await read;
    }

    private async Task AskForAsync(TimeSpan time)
    {
        var started = _clock.GetTimestamp();
        while (_clock.GetElapsedTime(started) < time)
        {
            Assert.That((await EndOfAsync(StartReading())).Error, Is.EqualTo(VfsError.Again));
            _clock.Advance(s_pauseOfAClient);
        }
    }

    private async Task AdvanceUntilAsync(Func<bool> isSo, TimeSpan step)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!isSo())
        {
            _clock.Advance(step);
            await Task.Delay(1, limit.Token);
        }
    }
}
