using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nfs.Server.Exports;

namespace Nfs.Server.Cli;

/// <summary>What a user pastes to mount the gateway.</summary>
internal sealed class MountLines
{
    private const string LinuxMountPoint = "/mnt/nfsgw";

    private readonly string _source;
    private readonly string _linuxOptions;
    private readonly string _macOptions;

    public MountLines(IPEndPoint endPoint, Export export)
    {
        // All addresses of this machine are none to mount: its name is.
        var isAny = endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any);
        var isVersion6 = !isAny && endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        var host = isAny ? Environment.MachineName
            : isVersion6 ? $"[{endPoint.Address}]" : endPoint.Address.ToString();
        var port = endPoint.Port.ToString(CultureInfo.InvariantCulture);
        var ports = $"port={port},mountport={port}";

        // The secret itself is nobody's to print.
        _source = $"{host}:{(export.Secret is null ? "" : "/SECRET")}{export.Path}";

        // Locks stay in the client: there is no lock manager here, and without these options every lock would fail.
        _linuxOptions = $"vers=3,{(isVersion6 ? "proto=tcp6,mountproto=tcp6" : "tcp")},nolock,{ports}";
        _macOptions = $"vers=3,{(isVersion6 ? "tcp6" : "tcp")},{ports},locallocks,rsize=1048576,wsize=1048576";
    }

    public string Linux =>
        $"sudo mkdir -p {LinuxMountPoint} && sudo mount -t nfs -o {_linuxOptions} {_source} {LinuxMountPoint}";

    public string MacOs => $"mkdir -p ~/nfsgw && sudo mount_nfs -o {_macOptions} {_source} ~/nfsgw";

    public string Fstab => $"{_source} {LinuxMountPoint} nfs {_linuxOptions},_netdev,nofail 0 0";
}
