using System.Buffers.Binary;
using System.Globalization;
using NUnit.Framework;
using Nfs.Tests.Fixtures;
using ServedProcess = Nfs.Tests.Fixtures.GatewayProcess;

namespace Nfs.Tests.EndToEnd;

// If these fail, a client's kernel takes two exports for one, leaves a sub-tree, or does not mount where there is no
// portmapper; or showmount shows nothing where there is one.
[Category("Kernel")]
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

    // The guest's own portmapper is told of a MOUNT on the guest's loopback, which is the gateway's behind a forwarder.
    [Test]
    [Covers("N-61")]
    public async Task Showmount_WithAPortmapperThatKnowsTheGateway_PrintsExportsAndMounts()
    {
        using var gateway = await GatewayProcess.StartAsync();

        await Guest.RunAsync(
            gateway,
            $$"""
            cat >/tmp/forwarder <<'END'
            import socket, struct, threading
            port = {{gateway.Port}}
            listener = socket.create_server(('127.0.0.1', port))
            with socket.create_connection(('127.0.0.1', 111)) as rpcbind:
                set_mount3_tcp = struct.pack('>14I', 1, 0, 2, 100000, 2, 1, 0, 0, 0, 0, 100005, 3, 6, port)
                rpcbind.sendall(struct.pack('>I', 1 << 31 | len(set_mount3_tcp)) + set_mount3_tcp)
                assert rpcbind.recv(100)[-1] == 1, 'not registered'
            print('registered', flush=True)
            def pump(source, target):
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            while True:
                client = listener.accept()[0]
                server = socket.create_connection(('10.0.2.2', port))
                threading.Thread(target=pump, args=(client, server), daemon=True).start()
                threading.Thread(target=pump, args=(server, client), daemon=True).start()
            END
            echo '_rpc:x:111:65534::/run/rpcbind:/usr/sbin/nologin' >>/etc/passwd
            mkdir -p /run/rpcbind && chown 111 /run/rpcbind
            rpcbind -i
            mkfifo /tmp/registered
            python3 /tmp/forwarder >/tmp/registered &
            read -r line </tmp/registered
            test "$line" = registered

            test "$(showmount --no-headers -e 127.0.0.1)" = '/ 127.0.0.0/8,::1/128'
            test "$(showmount --no-headers -a 127.0.0.1)" = 127.0.0.1:/
            mkdir /tmp/again
            mount -t nfs -o vers=3,tcp,nolock,port={{gateway.Port}} 127.0.0.1:/ /tmp/again
            umount /tmp/again
            kill $!
            """);
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
