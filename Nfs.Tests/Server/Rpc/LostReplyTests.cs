using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Rpc;

/// <summary>
/// The connection breaks when a call is done and its reply on the way. The client connects again and sends the call
/// again; its program must not be told that the file it made exists already, or that the one it removed never did.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LostReplyTests
{
    private TestGateway _gateway = null!;
    private ListeningServer _server = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _gateway = await TestGateway.StartAsync();
        _server = new ListeningServer(_gateway.Files);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [TestCaseSource(typeof(NonIdempotent), nameof(NonIdempotent.Procedures))]
    [Covers("N-215", "N-218")]
    public async Task AReplyThatIsLostWithItsConnection_IsGivenAgain(object value)
    {
        var procedure = (NfsProc3)value;
        await using var direct = await NfsMount.StartAsync(_server.Server.LocalEndPoint.Port);
        await NonIdempotent.PrepareAsync(direct, direct.Root);
        var arguments = await NonIdempotent.ArgumentsAsync(direct, direct.Root, procedure);
        await using var proxy = new LosingProxy(_server.Server.LocalEndPoint.Port, cuts: true, procedure);
        await using var mount = await NfsMount.StartAsync(proxy.Port);

        var call = mount.CallAsync(procedure, arguments);
        await proxy.AllLost;
        var (status, _) = await call;

        Assert.That(status, Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(proxy.Repeated(), Is.EqualTo(new Dictionary<NfsProc3, bool> { [procedure] = true }));
        Assert.That(_server.Statistics.DuplicateHits, Is.EqualTo(1));
    }
}
