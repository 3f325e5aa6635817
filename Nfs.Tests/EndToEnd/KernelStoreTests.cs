using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// What is in the store is the truth that survives the machine: dropped from the cache it must come back byte for byte,
/// and a gateway that knows nothing must show the same tree. If not, users find files missing or changed after they
/// replaced a machine.
/// </summary>
[Category("Kernel")]
internal sealed class KernelStoreTests
{
    private const string MakeTree =
        """
        mkdir tree && cd tree
        cp -a /usr/share/perl5 .
        head -c 20000000 /dev/urandom >data
        echo script >run && chmod 755 run
        echo private >p && chmod 600 p && chown 1000:1001 p
        echo set >suid && chmod 6755 suid
        touch empty
        mkdir -m 2775 team && chown 5:6 team
        mkdir -m 1777 drop
        mkdir hollow
        ln data hard
        ln run team/run
        ln -s data soft
        ln -s /absolute/nowhere dangling
        chown -h 11:12 soft
        mkfifo -m 640 pipe
        mknod null c 1 3
        touch $'line\nbreak' $'\xff\xfe' 'a b' 'ä'
        find . -type f -links 1 -newer run -exec touch -d '2011-12-13 14:15:16.171819202 UTC' {} +
        touch -h -d '2010-01-02 03:04:05.060708091 UTC' soft
        touch -d '1980-01-01 UTC' hard
        find . -depth -type d -exec touch -d '2012-01-01 00:00:00.25 UTC' {} +
        cd ..

        """;

    // The size of a directory is the server's own affair. Link counts tell that hard links are links.
    private const string PrintTree =
        """
        cd /mnt/tree
        find . \( -type d -printf '%p %y %m %U:%G %T@ %n\0' \) -o -printf '%p %y %m %U:%G %s %T@ %n %l\0' | sort -z | tr '\0\n' '\n?'
        find . -type f -print0 | sort -z | xargs -0 sha256sum -z | tr '\0\n' '\n?'
        stat -c %t,%T null
        test data -ef hard && test run -ef team/run

        """;

    // An operator frees the disk; readers get the same bytes, and the figures say where they came from.
    [Test]
    public async Task Evict_AfterSync_ReadsTheSameBytesFromTheStore()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var written = await Guest.RunAsync(gateway, MakeTree + PrintTree);

        var synced = await gateway.SyncAsync();
        await gateway.EvictAsync();
        var evicted = await gateway.StatusAsync();
        var read = await Guest.RunAsync(gateway, PrintTree);
        var after = await gateway.StatusAsync();

        Assert.That(read, Is.EqualTo(written));
        Assert.That(synced, Has.Some.Contains("tree/data").And.Some.Contains("20000000"));
        Assert.That(evicted.DirtyFiles, Is.Zero);
        Assert.That(evicted.CacheBytes, Is.Zero);
        Assert.That(after.FetchedBytes - evicted.FetchedBytes, Is.GreaterThanOrEqualTo(20_000_000UL));
    }

    // The machine is lost, the store is not: a new gateway on it shows the same tree.
    [Test]
    public async Task NewState_OnTheSameStore_ShowsTheSameTree()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var written = await Guest.RunAsync(gateway, MakeTree + PrintTree);
        await gateway.SyncAsync();

        await gateway.StopAsync();
        gateway.DeleteState();
        await gateway.StartAgainAsync();

        Assert.That(await Guest.RunAsync(gateway, PrintTree), Is.EqualTo(written));
    }
}
