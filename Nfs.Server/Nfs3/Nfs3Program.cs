using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Procedures;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;

namespace Nfs.Server.Nfs3;

/// <summary>NFS version 3: asks the policy about each call and hands it to its procedure.</summary>
internal sealed class Nfs3Program(Nfs3Server server) : IRpcProgram
{
    private delegate ValueTask<RpcResult> Procedure(Nfs3Call call, CancellationToken cancellationToken);

    // In the order of NfsProc3. NULL asks nobody's permission and stands apart.
    private static readonly Procedure[] s_procedures =
    [
        static (_, _) => Null.RunAsync(),
        Getattr.RunAsync,
        Setattr.RunAsync,
        Lookup.RunAsync,
        Access.RunAsync,
        Readlink.RunAsync,
        Read.RunAsync,
        Write.RunAsync,
        Create.RunAsync,
        Mkdir.RunAsync,
        Symlink.RunAsync,
        Mknod.RunAsync,
        Remove.RunAsync,
        Rmdir.RunAsync,
        Rename.RunAsync,
        Link.RunAsync,
        Readdir.RunAsync,
        Readdirplus.RunAsync,
        Fsstat.RunAsync,
        Fsinfo.RunAsync,
        Pathconf.RunAsync,
        Commit.RunAsync,
    ];

    public uint Number => Nfs3Constants.NFS_PROGRAM;

    public uint Version => Nfs3Constants.NFS_V3;

    public uint ProcedureCount => (uint)s_procedures.Length;

    public bool KeepsReply(uint procedure) => (NfsProc3)procedure is
        NfsProc3.SETATTR or NfsProc3.CREATE or NfsProc3.MKDIR or NfsProc3.SYMLINK or NfsProc3.MKNOD or
        NfsProc3.REMOVE or NfsProc3.RMDIR or NfsProc3.RENAME or NfsProc3.LINK;

    public ValueTask<RpcResult> CallAsync(RpcCall call, CancellationToken cancellationToken)
    {
        server.Counters.CountCall(call.Procedure);
        if (call.Procedure == (uint)NfsProc3.NULL)
        {
            return Null.RunAsync();
        }

        // Every other procedure is about the object whose handle comes first, and that names the export to ask.
        var arguments = new XdrReader(call.Arguments);
        var target = arguments.TryReadHandle(out var handle) ? server.Find(handle) : default;
        var why = server.Policy.TryAdmit(call, target.Export, out var caller);
        if (why != AuthStat.AUTH_OK)
        {
            return new(RpcResult.Denied(why));
        }

        if (call.RequestKey is { } key)
        {
            caller = caller with { Request = key };
        }

        return s_procedures[call.Procedure](new Nfs3Call(server, call, caller, target), cancellationToken);
    }
}
