using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Nfs.Server.Admin;

/// <summary>
/// The address of a state directory's control socket. A socket's address holds 107 bytes of path; a longer path is
/// reached through a descriptor of its directory.
/// </summary>
internal sealed class ControlSocket : IDisposable
{
    private const int AddressBytesMax = 107;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SafeFileHandle? _directory;

    public ControlSocket(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > AddressBytesMax)
        {
            _directory = DirectoryHandle.Open(Path.GetDirectoryName(path)!);
            path = string.Create(
                CultureInfo.InvariantCulture,
                $"/proc/self/fd/{_directory.DangerousGetHandle()}/{Path.GetFileName(path)}");
        }

        Address = path;
    }

    /// <summary>A path that fits a socket address; valid in this process until disposal.</summary>
    public string Address { get; }

    public UnixDomainSocketEndPoint EndPoint => new(Address);

    /// <summary>
    /// Binds a socket that only the owner may connect to. The caller owns the state directory, so a socket that is
    /// there was left by a process that is gone, and is replaced.
    /// </summary>
    public Socket Bind()
    {
        File.Delete(Address);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(EndPoint);

            // Nobody can connect before somebody listens, so there is no moment with wider rights.
            File.SetUnixFileMode(Address, OwnerOnly);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _directory?.Dispose();
}
