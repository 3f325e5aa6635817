using System.Buffers.Binary;
using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using ServedProcess = Nfs.Tests.Fixtures.GatewayProcess;

namespace Nfs.Tests.EndToEnd;

// If this fails, a client's kernel takes two exports for one, leaves a sub-tree, or does not mount where there is no
// portmapper.
internal sealed class KernelExportsTests
{
    private const int PortmapperPort = 111;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(6);

    [Test]
    [Covers("N-65", "N-77", "N-79", "N-208")]
    public async Task SeveralExports_AreDisksOfTheirOwn_AndNobodyIsAskedForPorts()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["store"]);
        await File.WriteAllTextAsync(
            directory["nfsgw.json"],
            $$"""
            {
              "stores": { "main": "file://{{directory["store"]}}" },
              "exports": [
                { "path": "/all" },
                { "path": "/part", "subtree": "/top/part" },
                { "path": "/archive", "read_only": true },
              ],
            }
            """);
        using var gateway = ServedProcess.Start(
            "serve", "--state", directory["state"], "--config", directory["nfsgw.json"], "--listen", "127.0.0.1:0",
            "--admin", "off");
        var port = gateway.WaitUntilReady().ToString(CultureInfo.InvariantCulture);

        var outcome = await ChildProcess.RunAsync(
            Repository.VmRun,
            [
                "--mount", port + ":/all", "--mount", port + ":/part", "--mount", port + ":/archive",
                "--pcap", directory["pcap"], "--timeout", "360", "--", "bash", "-c",
                """
                set -Eeuo pipefail
                trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
                refused() { if "$@" 2>/tmp/refusal; then echo "not refused: $*"; return 1; fi; }
                test "$(stat -c %d /mnt /mnt2 /mnt3 | sort -u | wc -l)" = 3

                echo one >/mnt/a
                refused ln /mnt/a /mnt2/a
                grep -q 'Invalid cross-device link' /tmp/refusal
                mv /mnt/a /mnt2/a
                test ! -e /mnt/a
                test "$(cat /mnt/top/part/a)" = one

                test "$(stat -c %i /mnt2)" = "$(stat -c %i /mnt/top/part)"

                test "$(cat /mnt3/top/part/a)" = one
                refused touch /mnt3/b
                grep -q 'Read-only file system' /tmp/refusal
                """,
            ],
            s_deadline);

        Assert.That(outcome.ExitCode, Is.Zero, $"{outcome.Output}\n{outcome.Error}\n{gateway.Error}");
        var asked = TargetPorts(await File.ReadAllBytesAsync(directory["pcap"])).ToHashSet();
        Assert.That(asked, Does.Contain(int.Parse(port, CultureInfo.InvariantCulture)).And.Not.Contain(PortmapperPort));
        gateway.Signal("TERM");
        Assert.That(gateway.WaitForExit(), Is.Zero, gateway.Error);
    }

    /// <summary>The ports that IPv4 packets of a capture go to: pcap, Ethernet, TCP and UDP.</summary>
    private static IEnumerable<int> TargetPorts(byte[] capture)
    {
        const int FileHeader = 24, PacketHeader = 16, Ethernet = 14, Version4 = 0x0800, Tcp = 6, Udp = 17;
        for (var at = FileHeader; at + PacketHeader <= capture.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(capture.AsSpan(at + 8));
            var packet = capture.AsSpan(at + PacketHeader, length);
            at += PacketHeader + packet.Length;
            if (packet.Length > Ethernet + 24 && BinaryPrimitives.ReadUInt16BigEndian(packet[12..]) == Version4
                && packet[Ethernet + 9] is Tcp or Udp)
            {
                var header = (packet[Ethernet] & 0xF) * sizeof(uint);
                yield return BinaryPrimitives.ReadUInt16BigEndian(packet[(Ethernet + header + 2)..]);
            }
        }
    }
}
