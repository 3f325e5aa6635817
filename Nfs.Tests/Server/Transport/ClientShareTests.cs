using Nfs.Server.Transport;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Server.Transport;

/// <summary>
/// What one client may take of the server. Without this one that opens many connections, or many that never take their
/// replies, leave nothing to the others.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ClientShareTests
{
    private const string Greedy = "127.0.0.2";

    // As many threads as look at the same moment may each take a record of a megabyte too many.
    private const int Overshoot = 32 << 20;

    private readonly ListeningServer _server = new();
    private readonly List<WireClient> _peers = [];

    [TearDown]
    public async Task StopAsync()
    {
        _peers.ForEach(peer => peer.Dispose());
        await _server.DisposeAsync();
    }

    [Test]
    [Covers("N-23")]
    public async Task OneClientGetsHalfOfTheConnections_TheNextHalfOfTheRest_AndTheyComeBack()
    {
        Open(Greedy, ServerLimits.ConnectionsMax);
        AwaitConnections(ServerLimits.ConnectionsMax / 2, ServerLimits.ConnectionsMax);

        Open("127.0.0.3", ServerLimits.ConnectionsMax / 2);
        AwaitConnections(ServerLimits.ConnectionsMax * 3 / 4, ServerLimits.ConnectionsMax * 3 / 2);
        await _server.AssertServesAsync();

        _peers.ForEach(peer => peer.Dispose());
        _server.AssertComesToRest();
        Open(Greedy, 100);
        Assert.That(() => _server.Statistics.Connections, Is.EqualTo(100).After(10_000, 5));
    }

    [Test]
    [Covers("N-21", "N-22")]
    public async Task OneClientThatReadsNothing_HoldsHalfOfTheBytes_AndOthersAreServed()
    {
        var file = _server.Files.AddFile("f", new byte[1 << 20]);
        foreach (var peer in Open(Greedy, 30))
        {
            var calls = new XdrBytes();
            for (var xid = 1u; xid <= 60; xid++)
            {
                calls.Raw(_server.Read(xid, file, 1 << 20));
            }

            await peer.SendAsync(calls);
        }

        AwaitBytes(ServerLimits.BytesMax / 2);
        using var other = _server.Connect("127.0.0.3");
        for (var xid = 1u; xid <= 50; xid++)
        {
            await other.SendAsync(_server.Read(xid, file, 1 << 20));
            Assert.That(new WireReply((await other.ReceiveAsync())!).Accepted(xid).U32(), Is.Zero);
        }

        AwaitBytes(ServerLimits.BytesMax / 2);
        other.Dispose();
        LeaveAll();
    }

    [Test]
    [Covers("N-17", "N-21")]
    public async Task HalfRecordsOfOneClient_HoldHalfOfTheBytes_AndOthersAreServed()
    {
        var file = _server.Files.AddFile("f", new byte[1 << 20]);
        byte[] half = new XdrBytes().U32(0x8000_0000u | ServerLimits.RecordBytesMax).Raw(new byte[60_000]);
        foreach (var peer in Open(Greedy, 200))
        {
            await peer.SendAsync(half);
        }

        AwaitBytes(ServerLimits.BytesMax / 2);
        using var other = _server.Connect("127.0.0.3");
        await other.SendAsync(_server.Read(1, file, 1 << 20));
        Assert.That(new WireReply((await other.ReceiveAsync())!).Accepted(1).U32(), Is.Zero);
        other.Dispose();
        LeaveAll();
    }

    [Test]
    [Covers("N-21")]
    public async Task CallsOfOneClient_TakeHalf_AndTheRestRunsWhenTheyEnd()
    {
        const int Connections = 66;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Files.BeforeMutation = () => release.Task;
        var xid = 0u;
        foreach (var peer in Open(Greedy, Connections))
        {
            var calls = new XdrBytes();
            for (var i = 0; i < ServerLimits.ConnectionCallsMax; i++)
            {
                calls.Raw(_server.Mkdir(++xid, $"d{xid}"));
            }

            await peer.SendAsync(calls);
        }

        // As many threads as take calls at the same moment may each take one too many.
        Assert.That(
            () => _server.Statistics.CallsInFlight,
            Is.InRange(ServerLimits.CallsMax / 2, (ServerLimits.CallsMax / 2) + 64).After(10_000, 10));
        await _server.AssertServesAsync();
        release.SetResult();

        Assert.That(
            () => _server.Files.Mutations,
            Is.EqualTo(Connections * ServerLimits.ConnectionCallsMax).After(20_000, 10));
        LeaveAll();
    }

    private List<WireClient> Open(string from, int count)
    {
        var opened = Enumerable.Range(0, count).Select(_ => _server.Connect(from)).ToList();
        _peers.AddRange(opened);
        return opened;
    }

    /// <summary>The accept loop has seen all that were opened.</summary>
    private void AwaitConnections(int open, int opened) => Assert.That(
        () => (_server.Statistics.Connections, _server.Statistics.ConnectionsRefused),
        Is.EqualTo((open, (long)opened - open)).After(20_000, 10));

    private void AwaitBytes(long share)
    {
        Assert.That(() => _server.Statistics.BytesInFlight, Is.GreaterThan(share - Overshoot).After(20_000, 10));
        Assert.That(_server.Statistics.BytesInFlight, Is.LessThan(share + Overshoot));
    }

    private void LeaveAll()
    {
        _peers.ForEach(peer => peer.Dispose());
        _server.AssertComesToRest();
    }
}
