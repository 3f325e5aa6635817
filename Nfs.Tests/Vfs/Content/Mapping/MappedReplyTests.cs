using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Content.Mapping;

// A reply that waits for its reader lies in the staging file, where writers, shrinks and eviction go on: it must show
// the bytes that were read, and never a mix or zeros.
[TestFixture]
internal sealed class MappedReplyTests
{
    private const int Mebibyte = 1 << 20;
    private const int Calls = 16;

    private TestGateway _gateway = null!;
    private ReadingClient _client = null!;
    private byte[] _content = null!;
    private InodeId _file;

    [SetUp]
    public async Task SetUp()
    {
        _gateway = await TestGateway.StartAsync();
        _client = new ReadingClient(_gateway.Files);
        _content = new byte[(Calls * Mebibyte) - 5];
        new Random(1).NextBytes(_content);
        _file = await _gateway.MakeFileAsync("f", _content);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _client.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Covers("EC-34", "EC-282")]
    public async Task M14_Writes_DoNotReachRepliesThatWait()
    {
        var connection = await _client.AskForAllAsync(_file, Calls);
        var changed = new byte[_content.Length];
        new Random(2).NextBytes(changed);

        for (var at = 0; at < changed.Length; at += 700_001)
        {
            var part = changed.AsSpan(at, Math.Min(700_001, changed.Length - at)).ToArray();
            await _gateway.WriteAsync(_file, (ulong)at, part);
        }

        await ExpectAnswersAsync(connection, _content);
        await ExpectAnswersAsync(await _client.AskForAllAsync(_file, Calls), changed);
    }

    [Test]
    [Covers("EC-281")]
    public async Task M34_ShrinkingAndGrowing_DoNotReachRepliesThatWait()
    {
        var connection = await _client.AskForAllAsync(_file, Calls);

        await _gateway.ResizeAsync(_file, 3);
        await _gateway.CommitAsync(_file);
        await _gateway.ResizeAsync(_file, (ulong)_content.Length);

        await ExpectAnswersAsync(connection, _content);
        var zeros = new byte[_content.Length];
        _content.AsSpan(0, 3).CopyTo(zeros);
        await ExpectAnswersAsync(await _client.AskForAllAsync(_file, Calls), zeros);
    }

    [Test]
    public async Task Eviction_DoesNotReachRepliesThatWait()
    {
        await _gateway.SyncAsync();
        var connection = await _client.AskForAllAsync(_file, Calls);

        Assert.That(await _gateway.EvictAsync(), Is.EqualTo((ulong)_content.Length));

        await ExpectAnswersAsync(connection, _content);
        await ExpectAnswersAsync(await _client.AskForAllAsync(_file, Calls), _content);
    }

    [Test]
    public async Task Removing_DoesNotReachRepliesThatWait()
    {
        var connection = await _client.AskForAllAsync(_file, Calls);

        await _gateway.RemoveAsync("f");
        Assert.That(() => StagingFiles(), Is.Empty.After(30_000, 10));

        await ExpectAnswersAsync(connection, _content);
    }

    [Test]
    [Covers("EC-281")]
    public async Task M15_AStagingFileThatIsCut_IsAnError_AndNoSignal()
    {
        var other = await _gateway.MakeFileAsync("other", [1, 2, 3]);
        var connection = await _client.AskForAllAsync(_file, Calls);

        foreach (var path in StagingFiles().Where(path => new FileInfo(path).Length > Mebibyte))
        {
            using var staging = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.SetLength(staging, 0);
        }

        await ExpectLossAsync(connection);
        Assert.That(await _client.ReadAsync(_file, 0, Mebibyte), Is.EqualTo((NfsStat3.NFS3ERR_IO, Array.Empty<byte>())));
        Assert.That((await _client.ReadAsync(other, 0, 10)).Bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    [Covers("EC-280")]
    public async Task M20_AFile_ShrinksToNothing_AndGrowsFromIt()
    {
        await _client.ReadAsync(_file, 0, Mebibyte);

        await _gateway.ResizeAsync(_file, 0);
        Assert.That((await _client.ReadAsync(_file, 0, Mebibyte)).Bytes, Is.Empty);
        await _gateway.WriteAsync(_file, 0, _content);

        await ExpectAnswersAsync(await _client.AskForAllAsync(_file, Calls), _content);
    }

    [Test]
    public async Task ClientsThatLeave_LeaveNothingMapped()
    {
        for (var i = 0; i < 5; i++)
        {
            (await _client.AskForAllAsync(_file, Calls)).Dispose();
        }

        await _gateway.RemoveAsync("f");

        var staging = Path.Combine(_gateway.StatePath, "staging");
        Assert.That(
            () => File.ReadLines("/proc/self/maps").Where(line => line.Contains(staging, StringComparison.Ordinal)),
            Is.Empty.After(30_000, 20));
    }

    private async Task ExpectAnswersAsync(WireClient connection, byte[] expected)
    {
        for (var i = 0; i < Calls; i++)
        {
            var answer = await ReadingClient.TakeAsync(connection);
            Assert.That(answer, Is.Not.Null);
            var part = expected.AsMemory((int)answer!.Value.Xid * Mebibyte);
            part = part[..Math.Min(part.Length, Mebibyte)];
            Assert.That(answer.Value.Bytes.AsSpan().SequenceEqual(part.Span), Is.True, $"call {answer.Value.Xid}");
        }
    }

    /// <summary>Answers are whole and right until the connection is closed.</summary>
    private async Task ExpectLossAsync(WireClient connection)
    {
        for (var i = 0; i < Calls; i++)
        {
            if (await ReadingClient.TakeAsync(connection) is not { } answer)
            {
                return;
            }

            var part = _content.AsMemory((int)answer.Xid * Mebibyte);
            Assert.That(
                answer.Bytes.AsSpan().SequenceEqual(part[..Math.Min(part.Length, Mebibyte)].Span), Is.True,
                $"call {answer.Xid}");
        }

        Assert.Fail("everything was answered: the test lost nothing");
    }

    private string[] StagingFiles() =>
        Directory.GetFiles(Path.Combine(_gateway.StatePath, "staging"), "*", SearchOption.AllDirectories);
}
