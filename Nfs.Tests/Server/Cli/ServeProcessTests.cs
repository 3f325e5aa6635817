using System.Globalization;
using System.Text.Json;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Cli;

// If these fail, a service manager sees a crash instead of a stop, a gateway does not come back after one, or a second
// gateway damages the state of the first.
public sealed class ServeProcessTests
{
    private TemporaryDirectory _temp = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        Directory.CreateDirectory(_temp["store"]);
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [TestCase("TERM")]
    [TestCase("INT")]
    [TestCase("HUP")]
    public void Signal_StopsCleanly(string signal)
    {
        using var gateway = Serve();
        gateway.WaitUntilReady();

        gateway.Signal(signal);

        Assert.That(gateway.WaitForExit(), Is.Zero, gateway.Error);
        Assert.That(File.Exists(Path.Combine(_temp["state"], "control.sock")), Is.False);
        Assert.That(GatewayProcess.Run("status", "--state", _temp["state"]).Error, Does.Contain("No gateway runs"));
    }

    [Test]
    [Covers("EC-233", "EC-235")]
    public void SecondSignal_EndsItInAnyCase_AndTheStateIsGood()
    {
        using (var gateway = Serve())
        {
            gateway.WaitUntilReady();
            gateway.Signal("TERM");
            gateway.Signal("TERM");
            Assert.That(gateway.WaitForExit(), Is.AnyOf(0, 143), gateway.Error);
        }

        using var again = Serve();
        again.WaitUntilReady();
        again.Signal("TERM");
        Assert.That(again.WaitForExit(), Is.Zero, again.Error);
    }

    [Test]
    public void EverythingMade_IsForTheOwnerAlone()
    {
        using var gateway = Serve();
        gateway.WaitUntilReady();

        var open = Directory.EnumerateFileSystemEntries(_temp["state"], "*", SearchOption.AllDirectories)
            .Where(entry => ((int)File.GetUnixFileMode(entry) & 0b111_111) != 0);
        Assert.That(open, Is.Empty);
    }

    [Test]
    public void Status_WhileServing_TellsPortAndProcess()
    {
        using var gateway = Serve();
        var port = gateway.WaitUntilReady();

        var (code, output, error) = GatewayProcess.Run("status", "--json", "--state", _temp["state"]);

        Assert.That(code, Is.Zero, error);
        using var json = JsonDocument.Parse(output);
        Assert.That(json.RootElement.GetProperty("process_id").GetInt32(), Is.EqualTo(gateway.Id));
        Assert.That(
            json.RootElement.GetProperty("listen").GetString(),
            Is.EqualTo("127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture)));
        Assert.That(json.RootElement.GetProperty("ready").GetBoolean(), Is.True);
    }

    [Test]
    public void SecondServe_IsRefusedWithTheOwner_AndTheFirstGoesOn()
    {
        using var gateway = Serve();
        gateway.WaitUntilReady();

        using var second = Serve();

        Assert.That(second.WaitForExit(), Is.EqualTo(1));
        Assert.That(
            second.Error,
            Does.Contain("in use by process " + gateway.Id.ToString(CultureInfo.InvariantCulture))
                .And.Not.Contain("\n"));
        Assert.That(GatewayProcess.Run("sync", "--state", _temp["state"]).ExitCode, Is.Zero);
    }

    [Test]
    public void Killed_StartsAgainOnTheSameState()
    {
        using (var gateway = Serve())
        {
            gateway.WaitUntilReady();
            gateway.Signal("KILL");
            Assert.That(gateway.WaitForExit(), Is.EqualTo(137));
        }

        using var again = Serve();
        again.WaitUntilReady();

        Assert.That(GatewayProcess.Run("status", "--state", _temp["state"]).ExitCode, Is.Zero);
    }

    [Test]
    public void MissingStore_IsExitCode2_AndNothingIsWritten()
    {
        Directory.Delete(_temp["store"]);

        using var gateway = Serve();

        Assert.That(gateway.WaitForExit(), Is.EqualTo(2));
        Assert.That(gateway.Error, Does.StartWith("nfsgw: ").And.Contain(_temp["store"]).And.Not.Contain("\n"));
        Assert.That(Directory.EnumerateFileSystemEntries(_temp.Path), Is.Empty);
    }

    [Test]
    public void StoreWhoseDiskIsNotMounted_IsExitCode2_AndNoNewStoreIsMadeInItsPlace()
    {
        using (var gateway = Serve())
        {
            gateway.WaitUntilReady();
            gateway.Signal("TERM");
            gateway.WaitForExit();
        }

        Directory.Move(_temp["store"], _temp["unmounted"]);
        Directory.CreateDirectory(_temp["store"]);

        using var again = Serve();

        Assert.That(again.WaitForExit(), Is.EqualTo(2));
        Assert.That(again.Error, Does.Contain("is its disk mounted?"));
        Assert.That(Directory.EnumerateFileSystemEntries(_temp["store"]), Is.Empty);
    }

    private GatewayProcess Serve() => GatewayProcess.Start(
        "serve", "--state", _temp["state"], "--store", "file://" + _temp["store"], "--listen", "127.0.0.1:0",
        "--admin", "off");
}
