using System.Globalization;
using System.Text;
using Nfs.Server.Nfs3;
using Nfs.Server.Rpc;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

// ls in a real directory: of any size, with any names, while others make, rename and remove files in it.
[TestFixture]
internal sealed class ListingTests : WireTests
{
    private const int SteadyDefault = 1000;

    [Test]
    [Covers("N-176", "N-188", "N-192")]
    public async Task AnyNumberOfEntries_IsListedOnce_AlsoByBothProceduresInTurn()
    {
        foreach (var count in new[] { 0, 1, 2, 97, 98, 99, 3000 })
        {
            var directory = await MkdirAsync(Root, $"d{count}");
            var names = Enumerable.Range(0, count).Select(i => $"f{i}").ToList();
            await FillAsync(directory, names.Select(Encoding.ASCII.GetBytes));
            foreach (var limit in new[] { 512u, 4096u, 1u << 20 })
            {
                var entries = await Server.ListAsync(directory, limit);

                Assert.That(entries.Select(e => e.Name), Is.EqualTo(new[] { ".", ".." }.Concat(names)));
                var last = await Server.ReaddirAsync(isPlus: true, directory, entries[^1].Cookie, limit);
                Assert.That((last.Entries.Count, last.Eof), Is.EqualTo((0, true)));
            }
        }
    }

    [Test]
    [Covers("N-9", "N-192")]
    public async Task NamesOfEveryByteAndLength_AreListedAsTheyAre()
    {
        var directory = await MkdirAsync(Root, "d");
        var bytes = Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (byte)value).ToList();
        List<byte[]> names = [.. bytes.Where(value => value != '.').Select(value => new[] { value })];
        names.AddRange(Enumerable.Range(2, 254).Select(length => Enumerable.Repeat((byte)0xFF, length).ToArray()));
        names.Add([.. bytes]);
        await FillAsync(directory, names);

        var entries = await Server.ListAsync(directory, 2000, isPlus: true);

        var listed = entries.Skip(2).Select(e => Encoding.Latin1.GetBytes(e.Name)).ToList();
        Assert.That(listed, Is.EqualTo(names));
        for (var i = 0; i < names.Count; i++)
        {
            var reply = await OkAsync(NfsProc3.LOOKUP, new XdrBytes().Opaque(directory).Opaque(names[i]));
            Assert.That(reply.Opaque(), Is.EqualTo(entries[i + 2].Handle));
        }
    }

    [Test]
    [Covers("N-180", "N-181", "N-182")]
    public async Task Cookies_AreGoodAfterARestart_WhateverVerifierComesWithThem()
    {
        var directory = await MkdirAsync(Root, "d");
        await FillAsync(directory, Enumerable.Range(0, 50).Select(i => Encoding.ASCII.GetBytes($"f{i}")));
        var before = await Server.ListAsync(directory, 1 << 16);
        Assert.That(before.Select(e => e.Cookie), Is.All.LessThan(1UL << 53));
        await ReopenAsync();

        for (var i = 0; i < before.Count; i++)
        {
            var page = await Server.ReaddirAsync(
                isPlus: i % 2 == 0, directory, before[i].Cookie, 1 << 16, verifier: (ulong)i << 40);
            Assert.That(page.Entries.Select(e => e.Name), Is.EqualTo(before.Skip(i + 1).Select(e => e.Name)));
        }
    }

    [Test]
    [Covers("N-80")]
    public async Task FileidsAndCookies_AreSmallNumbers_AfterARestartToo()
    {
        var directory = await MkdirAsync(Root, "d");
        await FillAsync(directory, Enumerable.Range(0, 50).Select(i => Encoding.ASCII.GetBytes($"f{i}")));
        await ReopenAsync();
        await FillAsync(directory, Enumerable.Range(50, 50).Select(i => Encoding.ASCII.GetBytes($"f{i}")));

        // A start may skip the numbers that the one before it had reserved.
        var entries = await Server.ListAsync(directory, 1 << 16);
        Assert.That(entries, Has.Count.EqualTo(102));
        Assert.That(entries.Select(e => e.FileId), Is.All.LessThan(1UL << 18));
        Assert.That(entries.Select(e => e.Cookie), Is.All.LessThan(1UL << 18));
    }

    [Test]
    [Covers("N-193")]
    public async Task ListingNeedsRead_OfTheOwnerToo_AndForAttributesNothingMore([Values] bool isPlus)
    {
        var user = RpcWire.AuthSys(1000, 1000);
        var args = new XdrBytes().Opaque(Root).Text("d").Sattr(0x124);
        var directory = (await OkAsync(NfsProc3.MKDIR, args, user)).PostOpHandle()!;
        await CreateAsync(directory, "f", mode: 0);

        var readable = await Server.ReaddirAsync(isPlus, directory, 0, 4096, credential: user);
        await OkAsync(NfsProc3.SETATTR, new XdrBytes().Opaque(directory).Sattr(0xDB).U32(0));
        var closed = await Server.ReaddirAsync(isPlus, directory, 0, 4096, credential: user);

        Assert.That(readable.Entries.Select(e => e.Name), Is.EqualTo(new[] { ".", "..", "f" }));
        Assert.That(readable.Entries[2].Attributes is not null, Is.EqualTo(isPlus));
        Assert.That((NfsStat3)closed.Status, Is.EqualTo(NfsStat3.NFS3ERR_ACCES));
    }

    [Test]
    [Covers("N-192")]
    public async Task APage_CostsItsOwnEntries_HoweverManyThereAre([Values] bool isPlus)
    {
        var small = await MkdirAsync(Root, "small");
        var large = await MkdirAsync(Root, "large");
        await FillAsync(small, Enumerable.Range(0, 300).Select(i => Encoding.ASCII.GetBytes($"name{i:D8}")));
        await FillAsync(large, Enumerable.Range(0, 5000).Select(i => Encoding.ASCII.GetBytes($"name{i:D8}")));

        var ofSmall = await CostAsync(isPlus, small);
        var ofLarge = await CostAsync(isPlus, large);

        Assert.That(ofLarge, Is.EqualTo(ofSmall));
    }

    // NFSGW_LISTING_ENTRIES sets how many entries there are (1000).
    [Test]
    [Covers("N-179")]
    public async Task EntriesThatStay_AreListedOnce_WhateverOthersDo()
    {
        var steadyCount = int.TryParse(
            Environment.GetEnvironmentVariable("NFSGW_LISTING_ENTRIES"), CultureInfo.InvariantCulture, out var set)
            ? set : SteadyDefault;
        var directory = await Gateway.MakeDirectoryAsync("d");
        var handle = Server.Handle(directory);
        var steady = Enumerable.Range(0, steadyCount).Select(i => $"steady{i}").ToList();
        await Task.WhenAll(steady.Select(name => Gateway.MakeFileAsync(name, directory: directory)));
        using var stop = new CancellationTokenSource();
        var mutators = Enumerable.Range(0, 8)
            .Select(i => Task.Run(() => MutateAsync(directory, $"m{i}.", stop.Token))).ToList();

        var random = new Random(1);
        for (var listing = 0; listing < 30; listing++)
        {
            var entries = await Server.ListAsync(handle, (uint)random.Next(600, 20_000), listing % 2 == 0);
            var names = entries.Select(e => e.Name).ToList();
            Assert.That(names.Where(name => name[0] == 's'), Is.EqualTo(steady));
            Assert.That(names, Is.Unique);
        }

        await stop.CancelAsync();
        Assert.That(await Task.WhenAll(mutators), Is.All.GreaterThan(0), "others changed the directory meanwhile");
    }

    /// <summary>Makes, renames and removes files, each name once, until told to stop; the number of rounds.</summary>
    private async Task<int> MutateAsync(InodeId directory, string prefix, CancellationToken stop)
    {
        var round = 0;
        for (; round == 0 || !stop.IsCancellationRequested; round++)
        {
            var (first, second) = ($"{prefix}{round}a", $"{prefix}{round}b");
            await Gateway.MakeFileAsync(first, directory: directory);
            await Gateway.RenameAsync(first, second, directory, directory);
            if (round % 4 != 0)
            {
                await Gateway.RemoveAsync(second, directory);
            }
        }

        return round;
    }

    /// <summary>Bytes that serving the first page takes.</summary>
    private async Task<long> CostAsync(bool isPlus, byte[] directory)
    {
        var args = new XdrBytes().Opaque(directory).U64(0).U64(0).U32(4096);
        var procedure = isPlus ? NfsProc3.READDIRPLUS : NfsProc3.READDIR;
        var record = RpcWire.Call(1, RpcWire.Nfs, 3, (uint)procedure, isPlus ? args.U32(4096) : args);
        var call = new RpcCall();
        long allocated = 0;
        for (var round = 0; round < 3; round++)
        {
            call.Begin(Server.Peer, record);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var outcome = await Server.Dispatcher.DispatchAsync(call, CancellationToken.None);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That((outcome, call.Reply.Length > 3900), Is.EqualTo((RpcOutcome.Reply, true)), "a full page");
        }

        return allocated;
    }

    /// <summary>Makes files, all at once, in the order of their names.</summary>
    private async Task FillAsync(byte[] directory, IEnumerable<byte[]> names) =>
        await Task.WhenAll(names.Select(name => OkAsync(
            NfsProc3.CREATE, new XdrBytes().Opaque(directory).Opaque(name).U32(1).Sattr(0x1A4))));
}
