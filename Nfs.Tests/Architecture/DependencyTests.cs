using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Architecture;

/// <summary>
/// The direction of dependencies, folder by folder, read from the sources. A line that points upward makes the layers
/// one lump that nobody can test or replace in parts.
/// </summary>
[TestFixture]
public sealed partial class DependencyTests
{
    /// <summary>Folder, and what its files must not name. Everything else is allowed.</summary>
    private static readonly (string Folder, string[] Forbidden)[] s_rules =
    [
        ("Cas.Client", ["Vfs.Core", "Nfs.Server"]),
        ("Vfs.Core", ["Nfs.Server", "Microsoft.AspNetCore", "System.Net"]),
        ("Vfs.Core/Ranges", ["Cas.Client", "Vfs.Core.Namespace", "Vfs.Core.Content", "Vfs.Core.Metadata"]),
        ("Vfs.Core/Namespace", ["Cas.Client", "Vfs.Core.Content", "Vfs.Core.Operations"]),
        ("Vfs.Core/Metadata", ["Vfs.Core.Content", "Vfs.Core.Sync", "Vfs.Core.Operations"]),
        ("Vfs.Core/Content", ["Vfs.Core.Sync", "Vfs.Core.Operations"]),
        ("Vfs.Core/Sync", ["Vfs.Core.Operations"]),
        ("Nfs.Server/Xdr", ["Vfs.Core", "Nfs.Server.Rpc", "Nfs.Server.Transport", "Nfs.Server.Nfs3", "Cas.Client"]),
        ("Nfs.Server/Rpc", ["System.Net.Sockets", "Nfs.Server.Transport", "Nfs.Server.Nfs3", "Nfs.Server.Mount3"]),
        ("Nfs.Server/Nfs3", ["System.Net.Sockets", "Nfs.Server.Transport", "Nfs.Server.Mount3", "Nfs.Server.Cli"]),
        ("Nfs.Server/Mount3", ["System.Net.Sockets", "Nfs.Server.Transport", "Nfs.Server.Cli", "Cas.Client"]),
        ("Nfs.Server/Exports", ["System.Net.Sockets", "Nfs.Server.Transport", "Nfs.Server.Nfs3", "Cas.Client"]),
        ("Nfs.Server/Transport", ["Nfs.Server.Nfs3.Procedures", "Nfs.Server.Mount3", "Nfs.Server.Cli", "Cas.Client"]),
    ];

    private static IEnumerable<TestCaseData> Rules => s_rules.Select(
        rule => new TestCaseData(rule.Folder, rule.Forbidden).SetArgDisplayNames(rule.Folder));

    [TestCaseSource(nameof(Rules))]
    public void Folder_NamesNothingAboveIt(string folder, string[] forbidden)
    {
        var files = Directory.GetFiles(Path.Join(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .ToList();

        var broken =
            from file in files
            from Match line in UsingLine().Matches(File.ReadAllText(file))
            let name = line.Groups[1].Value
            where forbidden.Any(f => name == f || name.StartsWith(f + ".", StringComparison.Ordinal))
            select $"{Path.GetRelativePath(Root(), file)} uses {name}";

        Assert.That(files, Is.Not.Empty);
        Assert.That(broken, Is.Empty);
    }

    // Whoever is made to call an address that a message names can be made to attack it.
    [Test]
    [Covers("N-230")]
    public void TheServer_CallsNobody_ButItsOwnControlSocket()
    {
        var callers = Directory.GetFiles(Path.Join(Root(), "Nfs.Server"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => CallsOut().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(Root(), file));

        Assert.That(callers, Is.EqualTo(new[] { "Nfs.Server/Cli/ControlClient.cs" }));
    }

    [GeneratedRegex(@"\bConnect(Async)?\(|\bSendTo(Async)?\(|\b(Udp|Tcp|Http)Client\b|\bDns\.")]
    private static partial Regex CallsOut();

    [GeneratedRegex(@"^using (?:static )?([A-Za-z0-9_.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "../.."));
}
