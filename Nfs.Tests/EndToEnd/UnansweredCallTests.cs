using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// What a client's program sees when calls were done and their replies were lost: with their connection, or with the
/// gateway itself, killed before they arrived. Anything but success is a failed build, a failed mkdir, a lost rename.
/// </summary>
internal sealed class UnansweredCallTests
{
    private GatewayProcess _gateway = null!;

    [SetUp]
    public async Task StartAsync() => _gateway = await GatewayProcess.StartAsync();

    [TearDown]
    public void Stop() => _gateway.Dispose();

    // Others come between the kill and the second try, so that an answer made anew would be another one.
    [Test]
    [Covers("EC-255", "N-217", "N-218")]
    public async Task RepliesLostWithTheGateway_AreGivenAgainByTheNext_ByteForByte()
    {
        await using var other = await NfsMount.StartAsync(_gateway.Port);
        var directory = (await other.MkdirAsync(other.Root, "d")).Handle;
        await NonIdempotent.PrepareAsync(other, directory);
        await using var proxy = new LosingProxy(_gateway.Port, cuts: false, NonIdempotent.Procedures);
        await using var mount = await NfsMount.StartAsync(proxy.Port);
        var arguments = new Dictionary<NfsProc3, XdrBytes>();
        foreach (var procedure in NonIdempotent.Procedures)
        {
            arguments[procedure] = await NonIdempotent.ArgumentsAsync(other, directory, procedure);
        }

        var calls = arguments.Select(call => mount.CallAsync(call.Key, call.Value)).ToList();
        await proxy.AllLost;
        proxy.Close();
        await _gateway.KillAsync();
        await _gateway.StartAgainAsync();
        var link = (await other.ListAsync(directory))["link"].Handle;
        await other.SetattrAsync(link, mode: 0x1FF);
        await other.CreateAsync(directory, "later", CreateMode.Guarded);
        var before = await DescribeAsync(other, directory);
        proxy.Open();

        var replies = await Task.WhenAll(calls);
        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(
            proxy.Repeated(), Is.EquivalentTo(NonIdempotent.Procedures.Select(p => KeyValuePair.Create(p, true))));
        Assert.That(await DescribeAsync(other, directory), Is.EqualTo(before), "nothing was done twice");
    }

    [Test]
    [Category("Kernel")]
    [Covers("N-218")]
    public async Task RepliesLostWithTheirConnection_AreNotSeenByProgramsOnAMount()
    {
        await using var proxy = new LosingProxy(_gateway.Port, cuts: true, NonIdempotent.Procedures);

        await Guest.RunAsync(
            _gateway,
            """
            mkdir d
            set -o noclobber
            echo text >d/file
            set +o noclobber
            chmod 640 d/file
            ln d/file d/hard
            ln -s target d/soft
            mkfifo d/pipe
            mv d/file d/moved
            rm d/hard
            mkdir d/sub
            rmdir d/sub
            echo 3 >/proc/sys/vm/drop_caches
            test "$(ls d | tr '\n' ' ')" = 'moved pipe soft '
            test "$(stat -c %a:%h d/moved)" = 640:1
            test "$(cat d/moved)" = text
            """,
            new GuestOptions { Port = proxy.Port, ServerGoesAway = true });

        Assert.That(
            proxy.Repeated(), Is.EquivalentTo(NonIdempotent.Procedures.Select(p => KeyValuePair.Create(p, true))));
    }

    private static async Task<IEnumerable<string>> DescribeAsync(NfsMount mount, byte[] directory)
    {
        var files = await mount.ListAsync(directory);
        return files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(
            file => $"{file.Key} {file.Value.Attributes}");
    }
}
