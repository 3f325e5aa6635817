using Nfs.Server.Rpc;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>NULL: does nothing, for anybody (RFC 1813 section 3.3.0).</summary>
internal static class Null
{
    public static ValueTask<RpcResult> RunAsync() => new(RpcResult.Success);
}
