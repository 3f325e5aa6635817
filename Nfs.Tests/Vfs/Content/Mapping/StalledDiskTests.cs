using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content.Mapping;

// The disk under the staging files gives nothing for a while: who wants what is in memory must not notice, however many
// wait for the disk.
[TestFixture]
[NonParallelizable]
internal sealed class StalledDiskTests
{
    private const int Mebibyte = 1 << 20;
    private const int Calls = 64;

    // The pool would get new threads for those that wait, one by one, and hide them.
    private const int PoolThreadsMax = 8;

    private TestGateway _gateway = null!;
    private FuseMount _disk = null!;
    private ReadingClient _client = null!;
    private byte[] _content = null!;
    private InodeId _file;
    private InodeId _warm;
    private string _staged = null!;
    private (int Workers, int Ports) _threadsMax;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync();
        await _gateway.CloseAsync();
        _disk = FuseMount.Cached(Path.Combine(_gateway.StatePath, "staging"));
        await _gateway.StartAgainAsync();
        _client = new ReadingClient(_gateway.Files);
        _content = new byte[Calls * Mebibyte];
        new Random(5).NextBytes(_content);
        _file = await _gateway.MakeFileAsync("f", _content);
        _warm = await _gateway.MakeFileAsync("warm", _content.AsSpan(0, 2 * Mebibyte).ToArray());
        await _gateway.CommitAsync(_file);
        await _gateway.CommitAsync(_warm);
        _staged = Directory.GetFiles(Path.Combine(_gateway.StatePath, "staging"), "*", SearchOption.AllDirectories)
            .MaxBy(path => new FileInfo(path).Length)!;
        await ReadWarmAsync();
        ThreadPool.GetMaxThreads(out _threadsMax.Workers, out _threadsMax.Ports);
        Assert.That(ThreadPool.SetMaxThreads(PoolThreadsMax, _threadsMax.Ports), Is.True);
    }

    [TearDown]
    public async Task TearDown()
    {
        _disk.Resume();
        ThreadPool.SetMaxThreads(_threadsMax.Workers, _threadsMax.Ports);
        await _client.DisposeAsync();
        await _gateway.CloseAsync();
        _disk.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-275")]
    public async Task M8_ReadsThatWaitForTheDisk_KeepNobodyElseWaiting([Values(5000, Mebibyte)] int count)
    {
        PageCache.Forget(_staged);
        _disk.Stall();
        var waiting = Enumerable.Range(0, Calls)
            .Select(i => _client.ReadAsync(_file, (ulong)i * Mebibyte, count))
            .ToArray();

        await ExpectWarmReadsAsync();
        Assert.That(waiting.Count(read => read.IsCompleted), Is.Zero, "the disk gave something");
        _disk.Resume();

        for (var i = 0; i < Calls; i++)
        {
            var expected = _content.AsMemory(i * Mebibyte, count);
            Assert.That((await waiting[i]).Bytes.AsSpan().SequenceEqual(expected.Span), Is.True, $"read {i}");
        }
    }

    [Test]
    public async Task M8_PagesThatLeaveMemory_UnderRepliesThatWait_KeepNobodyElseWaiting()
    {
        var connections = new List<WireClient>();
        for (var i = 0; i < 16; i++)
        {
            connections.Add(await _client.AskForAllAsync(_file, 8));
        }

        PageCache.Forget(_staged);
        _disk.Stall();
        var taken = connections.Select(TakeAllAsync).ToArray();

        await ExpectWarmReadsAsync();
        Assert.That(taken.Count(take => take.IsCompleted), Is.LessThan(taken.Length), "nothing had left memory");
        _disk.Resume();

        Assert.That(await Task.WhenAll(taken), Is.All.True);
    }

    /// <summary>Watches from outside the pool: without a free thread there no deadline ends either.</summary>
    private Task ExpectWarmReadsAsync()
    {
        var reads = ReadWarmAsync();
        Assert.That(() => reads.IsCompleted, Is.True.After(20_000, 5), "they wait for the disk of others");
        return reads;
    }

    private async Task ReadWarmAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            foreach (var count in new[] { 5000, Mebibyte })
            {
                var read = await _client.ReadAsync(_warm, Mebibyte, count);
                Assert.That(read.Bytes.AsSpan().SequenceEqual(_content.AsSpan(Mebibyte, count)), Is.True);
            }
        }
    }

    private async Task<bool> TakeAllAsync(WireClient connection)
    {
        var isRight = true;
        for (var i = 0; i < 8; i++)
        {
            var answer = await ReadingClient.TakeAsync(connection);
            isRight &= answer is not null
                && answer.Value.Bytes.AsSpan().SequenceEqual(_content.AsSpan((int)answer.Value.Xid * Mebibyte, Mebibyte));
        }

        return isRight;
    }
}
