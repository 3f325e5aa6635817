using System.Net;
using System.Text;
using Nfs.Server.Rpc;
using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// An export in a running server: its tree, and its rules in the form that calls ask them in. Immutable.
/// </summary>
internal sealed class ServedExport
{
    private static readonly IPNetwork[] s_thisMachine = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    private readonly AddressBlock[] _blocks;

    /// <param name="tree">The export and its tree.</param>
    /// <param name="index">Its place in the <see cref="ExportTable"/>.</param>
    public ServedExport(ExportedTree tree, int index)
    {
        Rules = tree.Export;
        Files = tree.Files;
        Root = tree.Root;
        Index = index;
        Path = Encoding.UTF8.GetBytes(Rules.Path);
        Anonymous = new Caller(Rules.AnonymousUid, Rules.AnonymousGid, []);
        Networks = Rules.Networks.Count == 0 ? s_thisMachine : Rules.Networks;
        _blocks = [.. Networks.Select(network => new AddressBlock(network))];
        IsForEverybody = _blocks.Any(block => block is { IsEveryAddress: true, IsVersion4: true })
            && _blocks.Any(block => block is { IsEveryAddress: true, IsVersion4: false });
    }

    public Export Rules { get; }

    public IFileSystem Files { get; }

    public InodeId Root { get; }

    public int Index { get; }

    /// <summary>The path that clients mount.</summary>
    public byte[] Path { get; }

    public Caller Anonymous { get; }

    /// <summary>Whose machines may use it.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; }

    /// <summary>Whether the networks are all there are.</summary>
    public bool IsForEverybody { get; }

    /// <summary>Whether a machine is in one of the networks. Allocates nothing.</summary>
    public bool Contains(ClientAddress client)
    {
        foreach (ref readonly var block in _blocks.AsSpan())
        {
            if (block.Contains(client))
            {
                return true;
            }
        }

        return false;
    }
}
