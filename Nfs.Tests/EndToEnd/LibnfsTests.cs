using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// A client that shares no code with Linux's: what one client tolerates, another may not. If these fail, programs
/// that speak NFS by themselves (media players, backup tools, virtual machines) cannot use the gateway.
/// </summary>
internal sealed class LibnfsTests
{
    private GatewayProcess _gateway = null!;
    private TemporaryDirectory _directory = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await GatewayProcess.StartAsync();
        _directory = new TemporaryDirectory();
    }

    [OneTimeTearDown]
    public void End()
    {
        _gateway.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task File_CopiedInAndOut_IsTheSame()
    {
        var hash = RandomFile.Write(_directory["source"], 5_000_001, seed: 4);

        await Libnfs.CopyAsync(_directory["source"], Libnfs.Url(_gateway, "/copied"));
        await Libnfs.CopyAsync(Libnfs.Url(_gateway, "/copied"), _directory["back"]);

        Assert.That(await Libnfs.Sha256Async(_gateway, "/copied"), Is.EqualTo(hash));
        Assert.That(await File.ReadAllBytesAsync(_directory["back"]),
            Is.EqualTo(await File.ReadAllBytesAsync(_directory["source"])));
    }

    [Test]
    [Covers("N-242")]
    public async Task Listing_OfTheExport_ShowsNamesAndSizes()
    {
        RandomFile.Write(_directory["small"], 12345, seed: 5);
        await Libnfs.CopyAsync(_directory["small"], Libnfs.Url(_gateway, "/listed"));

        var listing = await Libnfs.ListAsync(_gateway, "/");

        var row = listing.Lines.SingleOrDefault(l => l.EndsWith(" listed", StringComparison.Ordinal));
        Assert.That(row, Is.Not.Null, listing.Output);
        Assert.That(row, Does.StartWith("-").And.Contain(" 12345 "));
    }

    [Test]
    public async Task Sync_OfOneFile_PrintsItsPathSizeAndHash()
    {
        RandomFile.Write(_directory["s"], 54321, seed: 6);
        await Libnfs.CopyAsync(_directory["s"], Libnfs.Url(_gateway, "/synced"));

        var rows = await _gateway.SyncAsync("synced");

        Assert.That(rows, Has.Count.EqualTo(1));
        Assert.That(rows[0], Does.Contain("synced").And.Contain("54321").And.Match("[0-9a-f]{64}"));
    }

    [Test]
    [Covers("EC-239")]
    public async Task AcknowledgedFile_AfterKill_IsStillThere()
    {
        using var gateway = await GatewayProcess.StartAsync("--flush-debounce", "1h", "--flush-max-age", "2h");
        var hash = RandomFile.Write(_directory["kept"], 3_000_000, seed: 7);
        await Libnfs.CopyAsync(_directory["kept"], Libnfs.Url(gateway, "/kept"));

        await gateway.KillAsync();
        await gateway.StartAgainAsync();

        // nfs-cp closes the file, which COMMITs it: from then on it may not get lost.
        Assert.That(await Libnfs.Sha256Async(gateway, "/kept"), Is.EqualTo(hash));
        Assert.That((await gateway.StatusAsync()).DirtyBytes, Is.EqualTo(3_000_000UL));
    }
}
