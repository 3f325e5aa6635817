using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content.Mapping;

// The disk under the staging files fails: users get an error for what is lost and everything else, and the process goes
// on. A mapping that a program loads from would kill it with SIGBUS.
[TestFixture]
internal sealed class FailingDiskTests
{
    private const int Mebibyte = 1 << 20;
    private const int Calls = 16;

    private TestGateway _gateway = null!;
    private LoopDisk _disk = null!;
    private ReadingClient _client = null!;
    private byte[] _content = null!;
    private string _staged = null!;
    private InodeId _file;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync();
        await _gateway.CloseAsync();
        _disk = new LoopDisk(Path.Combine(_gateway.StatePath, "staging"));
        await _gateway.StartAgainAsync();
        _client = new ReadingClient(_gateway.Files);
        _content = new byte[Calls * Mebibyte];
        new Random(3).NextBytes(_content);
        _file = await _gateway.MakeFileAsync("f", _content);
        await _gateway.CommitAsync(_file);
        var staging = Path.Combine(_gateway.StatePath, "staging");
        _staged = Directory.GetFiles(staging, "*", SearchOption.AllDirectories)
            .MaxBy(path => new FileInfo(path).Length)!;
    }

    [TearDown]
    public async Task TearDown()
    {
        await _client.DisposeAsync();
        await _gateway.CloseAsync();
        _disk.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-275")]
    public async Task M8_BytesThatAreNotInMemory_AreReadFromTheDisk([Values(1000, Mebibyte)] int count)
    {
        PageCache.Forget(_staged);
        for (var at = 0; at < _content.Length; at += 3 * Mebibyte)
        {
            var read = await _client.ReadAsync(_file, (ulong)at, count);

            Assert.That(read.Bytes.AsSpan().SequenceEqual(_content.AsSpan(at, count)), Is.True, $"at {at}");
        }
    }

    [Test]
    public async Task M32_ADiskThatFails_IsAnError_AndNoSignal([Values(1000, Mebibyte)] int count)
    {
        var other = await _gateway.MakeFileAsync("other", [1, 2, 3]);
        _disk.Break();
        PageCache.Forget(_staged);

        Assert.That(
            await _client.ReadAsync(_file, 5 * Mebibyte, count),
            Is.EqualTo((NfsStat3.NFS3ERR_IO, Array.Empty<byte>())));
        Assert.That((await _client.ReadAsync(other, 0, 10)).Bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task M32_BytesLostUnderAReplyThatWaits_EndItsConnection_AndNoOther()
    {
        var other = await _gateway.MakeFileAsync("other", [1, 2, 3]);
        var connection = await _client.AskForAllAsync(_file, Calls);
        _disk.Break();
        PageCache.Forget(_staged);

        var answers = 0;
        while (await ReadingClient.TakeAsync(connection) is { } answer)
        {
            var expected = _content.AsSpan((int)answer.Xid * Mebibyte, Mebibyte);
            Assert.That(answer.Bytes.AsSpan().SequenceEqual(expected), Is.True, $"call {answer.Xid}");
            answers++;
        }

        Assert.That(answers, Is.LessThan(Calls));
        Assert.That((await _client.ReadAsync(other, 0, 10)).Bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }
}
