using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Nfs3;

// The store hangs, and many programs wait for bytes from it: all that is known here must be answered at once, or one
// slow file makes every ls and every shell hang.
[TestFixture]
internal sealed class AwayStoreTests : WireTests
{
    private const int Fetches = 64;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly byte[][] _files = new byte[Fetches][];
    private byte[] _directory = null!;
    private byte[] _link = null!;

    [SetUp]
    public async Task MakeAsync()
    {
        _directory = await MkdirAsync(Root, "d");
        _link = await SymlinkAsync(_directory, "link", "target");
        for (var i = 0; i < Fetches; i++)
        {
            _files[i] = await CreateAsync(_directory, $"f{i}");
            await WriteAsync(_files[i], 0, RandomBytes.Of(100_000, i));
        }

        await Gateway.SyncAsync();
        await Gateway.EvictAsync();
    }

    [Test]
    [Covers("N-94", "N-110", "N-115", "N-189", "N-198")]
    public async Task WithManyFetchesUnderWay_WhatIsKnown_IsAnsweredAtOnce([Values] bool afterARestart)
    {
        if (afterARestart)
        {
            await ReopenAsync();
        }

        Gateway.Faults.Stall(StoreCalls.All);
        var seen = Gateway.Faults.StallSeen;
        var reads = _files.Select(file => ReadAsync(file, 0, 1 << 20)).ToList();
        await seen.WaitAsync(s_deadline);

        foreach (var file in _files)
        {
            AnsweredAtOnce(NfsProc3.GETATTR, new XdrBytes().Opaque(file));
            AnsweredAtOnce(NfsProc3.ACCESS, new XdrBytes().Opaque(file).U32(0x3F));
        }

        foreach (var isPlus in new[] { false, true })
        {
            var listing = Server.ReaddirAsync(isPlus, _directory, 0, 1 << 20);
            Assert.That(listing.IsCompleted, Is.True);
            var entries = (await listing).Entries;
            Assert.That(entries, Has.Count.EqualTo(Fetches + 3));
            Assert.That(entries.Count(e => e.Attributes is not null), Is.EqualTo(isPlus ? Fetches + 3 : 0));
        }

        AnsweredAtOnce(NfsProc3.LOOKUP, new XdrBytes().Opaque(_directory).Text("f7"));
        AnsweredAtOnce(
            NfsProc3.LOOKUP, new XdrBytes().Opaque(_directory).Text("none"), NfsStat3.NFS3ERR_NOENT);
        AnsweredAtOnce(NfsProc3.READLINK, new XdrBytes().Opaque(_link));
        foreach (var handle in new[] { _files[0], _directory, _link })
        {
            AnsweredAtOnce(NfsProc3.FSSTAT, new XdrBytes().Opaque(handle));
            AnsweredAtOnce(NfsProc3.FSINFO, new XdrBytes().Opaque(handle));
            AnsweredAtOnce(NfsProc3.PATHCONF, new XdrBytes().Opaque(handle));
        }

        Assert.That(reads.Count(read => read.IsCompleted), Is.Zero, "they all still wait");
        Gateway.Faults.Heal();
        for (var i = 0; i < Fetches; i++)
        {
            Assert.That(await reads[i].WaitAsync(s_deadline), Is.EqualTo(RandomBytes.Of(100_000, i)));
        }
    }

    private void AnsweredAtOnce(NfsProc3 procedure, byte[] args, NfsStat3 expected = NfsStat3.NFS3_OK)
    {
        var status = StatusAsync(procedure, args);
        Assert.That(status.IsCompleted, Is.True, procedure.ToString());
        Assert.That(status.Result, Is.EqualTo(expected), procedure.ToString());
    }
}
