using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nfs.Server.Cli;

/// <summary>What a user pastes to mount the gateway.</summary>
internal sealed class MountLines
{
    private const string LinuxMountPoint = "/mnt/nfsgw";

    private readonly string _source;
    private readonly string _linuxOptions;
    private readonly string _macOptions;

    public MountLines(IPEndPoint endPoint, string export)
    {
        var isVersion6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        var host = isVersion6 ? $"[{endPoint.Address}]" : endPoint.Address.ToString();
        var port = endPoint.Port.ToString(CultureInfo.InvariantCulture);
        var ports = $"port={port},mountport={port}";
        _source = $"{host}:{export}";

        // Locks stay in the client: there is no lock manager here, and without these options every lock would fail.
        _linuxOptions = $"vers=3,{(isVersion6 ? "proto=tcp6,mountproto=tcp6" : "tcp")},nolock,{ports}";
        _macOptions = $"vers=3,{(isVersion6 ? "tcp6" : "tcp")},{ports},locallocks,rsize=1048576,wsize=1048576";
    }

    public string Linux =>
        $"sudo mkdir -p {LinuxMountPoint} && sudo mount -t nfs -o {_linuxOptions} {_source} {LinuxMountPoint}";

    public string MacOs => $"mkdir -p ~/nfsgw && sudo mount_nfs -o {_macOptions} {_source} ~/nfsgw";

    public string Fstab => $"{_source} {LinuxMountPoint} nfs {_linuxOptions},_netdev,nofail 0 0";
}
