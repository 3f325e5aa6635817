using Cas.Client;
using Cas.Client.Composition;
using Cas.Client.Hashing;
using Cas.Client.Transfer;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Transfer;

// If these fail, the new chunks of an edited file are not where its recipe says, or sixteen files that are saved at
// once cost sixteen times the syncs of one.
[TestFixture]
internal sealed class ChunkUploadTests
{
    private static readonly UploadLimits s_small = new() { SmallBytesMax = 300_000, XorbBytesMax = 600_000 };

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(200_000)]
    [TestCase(300_001)]
    [TestCase(3_000_000)]
    public async Task Commit_AnyCountOfChunks_GivesTheirPlacesInOrder(int size)
    {
        var bytes = ComposeCase.Bytes(new Random(size), size);
        var target = new MemoryTarget();

        var map = await PutAsync(new Uploader(target, s_small), bytes);

        Assert.That(target.Read(map.Id).AsSpan().SequenceEqual(bytes), Is.True);
        Assert.That(map.Id, Is.EqualTo((await ContentHasher.HashAsync(new MemorySource(bytes), default)).Content));
    }

    [Test]
    public async Task Commit_WhileOneIsSynced_SharesOneXorbAndShardWithSmallFiles()
    {
        using var release = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new MemoryTarget
        {
            BeforeShard = () =>
            {
                reached.TrySetResult();
                release.Wait();
            },
        };
        var uploader = new Uploader(target, s_small);
        var first = uploader.PutAsync(new MemorySource(new byte[] { 1 }), default);
        await reached.Task;

        var maps = Enumerable.Range(2, 20).Select(i => PutAsync(uploader, [(byte)i])).ToList();
        var files = Enumerable.Range(50, 20).Select(i => uploader.PutAsync(new MemorySource(new[] { (byte)i }), default))
            .ToList();
        release.Set();
        await Task.WhenAll([first, .. maps, .. files]);

        Assert.That((target.Xorbs, target.Shards), Is.EqualTo((2, 2)));
        Assert.That(target.Read(maps[3].Result.Id), Is.EqualTo(new byte[] { 5 }));
        Assert.That(target.Read(files[3].Result), Is.EqualTo(new byte[] { 53 }));
    }

    [Test]
    public async Task Commit_OneFileCannotBeMade_FailsAloneAndIsNotKnown()
    {
        var target = new MemoryTarget();
        var uploader = new Uploader(target, s_small);
        using var upload = await uploader.StartAsync(0, default);
        await AddAsync(upload, [1, 2, 3]);

        var failed = upload.CommitAsync(_ => throw new CasException(CasError.Corrupt, "does not add up"));
        var other = PutAsync(uploader, [4, 5, 6]);

        Assert.That(async () => await failed, Throws.TypeOf<CasException>());
        Assert.That(target.Read((await other).Id), Is.EqualTo(new byte[] { 4, 5, 6 }));
        Assert.That(target.Files, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Start_NoMemory_WaitsUntilAnotherEnds()
    {
        var uploader = new Uploader(new MemoryTarget(), s_small with { MemoryBytesMax = 500_000 });
        var first = await uploader.StartAsync(100_000, default);
        var second = uploader.StartAsync(100_000, default);
        Assert.That(second.IsCompleted, Is.False);

        first.Dispose();

        (await second).Dispose();
    }

    private static async Task<ChunkMap> PutAsync(Uploader uploader, byte[] bytes)
    {
        using var upload = await uploader.StartAsync(0, default);
        var chunks = await AddAsync(upload, bytes);
        var map = ChunkMap.Empty;
        await upload.CommitAsync(runs => (map = ChunkMap.Of(chunks, runs)).ToShardFile());
        return map;
    }

    private static async Task<MerkleNode[]> AddAsync(ChunkUpload upload, byte[] bytes)
    {
        var chunks = MemoryXorbs.Cut(bytes);
        var offset = 0;
        foreach (var chunk in chunks)
        {
            await upload.AddAsync(chunk, bytes.AsMemory(offset, (int)chunk.Length), default);
            offset += (int)chunk.Length;
        }

        return chunks;
    }
}
