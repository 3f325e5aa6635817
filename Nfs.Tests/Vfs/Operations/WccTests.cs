using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// A client keeps what it has cached as long as changes follow each other without a gap. A gap that is hidden, or a time
// that stands still, makes it show names and bytes that others have changed long ago.
[TestFixture]
internal sealed class WccTests : OperationTests
{
    private const int Workers = 8;

    [Test]
    [Covers("N-85")]
    public async Task ConcurrentChanges_AreAChainWithoutGaps()
    {
        await FileAsync("taken", Alice, "644");
        var first = Get(InodeId.Root);

        var replies = await Task.WhenAll(Enumerable.Range(0, Workers).Select(
            worker => Task.Run(() => ChangeNamesAsync($"w{worker}"))));

        var all = replies.SelectMany(wcc => wcc).ToList();
        var changes = all.Where(wcc => wcc.Before != wcc.After!.Value.Wcc)
            .OrderBy(wcc => wcc.After!.Value.Ctime).ToList();
        Assert.That(changes, Has.Count.EqualTo(Workers * 60));
        var last = first.Wcc;
        var states = new HashSet<WccAttributes> { last };
        foreach (var change in changes)
        {
            Assert.That(change.Before, Is.EqualTo(last));
            last = change.After!.Value.Wcc;
            states.Add(last);
        }

        Assert.That(last, Is.EqualTo(Get(InodeId.Root).Wcc));
        Assert.That(all.Select(wcc => states.Contains(wcc.Before!.Value)), Is.All.True, "those of failures too");
    }

    [Test]
    [Covers("N-83")]
    public async Task EveryKindOfChange_MovesCtime_WithAClockThatStandsStillOrGoesBack([Values] bool goesBack)
    {
        var file = await FileAsync("f", Alice, "644");
        foreach (var (what, changeAsync) in new (string, Func<Task>)[]
        {
            ("data", () => Gateway.WriteAsync(file, 0, [1])), ("the same data", () => Gateway.WriteAsync(file, 0, [1])),
            ("size", () => Gateway.ResizeAsync(file, 9)), ("the same size", () => Gateway.ResizeAsync(file, 9)),
            ("mode", () => SetAsync(file, new AttributeChanges { Mode = Octal("600") })),
            ("owner", () => SetAsync(file, new AttributeChanges { Uid = 5 })),
            ("group", () => SetAsync(file, new AttributeChanges { Gid = 5 })),
            ("atime", () => SetAsync(file, new AttributeChanges { Atime = At(1) })),
            ("mtime", () => SetAsync(file, new AttributeChanges { Mtime = At(1L << 61) })),
            ("another link", () => Files.LinkAsync(Root, file, InodeId.Root, N("g"), default).AsTask()),
            ("a name", () => Gateway.RenameAsync("f", "h")), ("a link less", () => Gateway.RemoveAsync("g")),
            ("stable data", () => Gateway.WriteAsync(file, 5, [1], Stability.FileSync)),
        })
        {
            if (goesBack)
            {
                Clock.SetBack(TimeSpan.FromHours(1));
                await Gateway.ReopenAsync();
            }

            var before = Get(file).Ctime;
            await changeAsync();
            Assert.That(Get(file).Ctime, Is.GreaterThan(before), what);
        }
    }

    [Test]
    [Covers("N-91")]
    public async Task Size_CoversEveryAcknowledgedWrite()
    {
        var file = await FileAsync("f", Alice, "644");

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var offset = ((ulong)i * Workers * 100) + ((ulong)worker * 100);
                var written = await Gateway.WriteAsync(file, offset, new byte[100]);
                Assert.That(written.Wcc.After!.Value.Size, Is.AtLeast(offset + 100));
                Assert.That(Get(file).Size, Is.AtLeast(offset + 100));
            }
        })));

        Assert.That(Get(file).Size, Is.EqualTo(200UL * Workers * 100));
    }

    [Test]
    [Covers("N-119")]
    public async Task Eof_AndTheAttributesBesideIt_AreOfOneMoment()
    {
        var file = await FileAsync("f", Alice, "644");
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var ends = 0;
            for (var offset = 0UL; ends == 0 || !stop.IsCancellationRequested;)
            {
                var read = await Files.ReadAsync(Root, file, offset, 1000, default);
                read.Data?.Dispose();
                var end = offset + (ulong)read.Count;
                Assert.That(read.Eof, Is.EqualTo(end >= read.Object!.Value.Size), $"{offset}+{read.Count}");
                Assert.That(read.Count > 0 || read.Eof, Is.True, "neither bytes nor the end");
                ends += read.Eof ? 1 : 0;
                offset = end;
            }
        })).ToList();

        for (var i = 0; i < 3000; i++)
        {
            await Gateway.WriteAsync(file, (ulong)i * 500, new byte[500]);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Test]
    [Covers("N-96")]
    public async Task OneOfManyGuardedCalls_WithTheSameCtime_Succeeds([Values] bool withSize)
    {
        var file = await FileAsync("f", Alice, "644");
        for (var round = 0; round < 10; round++)
        {
            var guard = Get(file).Ctime;

            var results = await Task.WhenAll(Enumerable.Range(1, Workers).Select(i => Task.Run(async () =>
                await Files.SetAttributesAsync(
                    Alice, file, new AttributeChanges { Mode = (uint)i, Size = withSize ? (ulong)i : null }, guard,
                    default))));

            Assert.That(results.Count(r => r.Error == VfsError.None), Is.EqualTo(1));
            Assert.That(results.Count(r => r.Error == VfsError.NotSync), Is.EqualTo(Workers - 1));
            Assert.That(Get(file), Is.EqualTo(results.Single(r => r.Error == VfsError.None).Wcc.After));
        }
    }

    /// <summary>Makes and removes names, and fails at both; what each reply says of the directory.</summary>
    private async Task<List<WccData>> ChangeNamesAsync(string prefix)
    {
        var said = new List<WccData>();
        for (var i = 0; i < 20; i++)
        {
            var name = N($"{prefix}.{i}");
            var made = await Files.CreateAsync(Root, InodeId.Root, name, CreateMode.Guarded, default, 0, default);
            var moved = await Files.RenameAsync(Root, InodeId.Root, name, InodeId.Root, N($"{prefix}.x"), default);
            var removed = await Files.RemoveAsync(Root, InodeId.Root, N($"{prefix}.x"), default);
            var refused = await Files.MakeDirectoryAsync(Root, InodeId.Root, N("taken"), default, default);
            Assert.That(
                (made.Error, moved.Error, removed.Error, refused.Error),
                Is.EqualTo((VfsError.None, VfsError.None, VfsError.None, VfsError.Exist)));
            Assert.That(moved.To, Is.EqualTo(moved.From), "one directory, one change");
            said.AddRange([made.Directory, moved.From, removed.Wcc, refused.Directory]);
        }

        return said;
    }

    private static TimeChange At(long nanoseconds) => new(TimeChangeKind.SetToClientTime, new Timestamp(nanoseconds));

    private async Task SetAsync(InodeId file, AttributeChanges changes)
    {
        var set = await Files.SetAttributesAsync(Root, file, changes, null, default);
        Assert.That(set.Error, Is.EqualTo(VfsError.None));
    }
}
