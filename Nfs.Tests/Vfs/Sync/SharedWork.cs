using System.Globalization;
using System.Text;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Sync;

/// <summary>
/// Random changes of a few files behind several gateways. Every text that is written is another one. A text may only go
/// if somebody who saw it replaced or removed it: all others must be somewhere at the end.
/// </summary>
internal sealed class SharedWork(
    IReadOnlyList<SharingGateway> gateways, ManualClock clock, int seed, bool isSentTogether)
{
    private const int RoundsToRest = 12;

    // Long enough for a gateway to ask about names again.
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(40);

    private static readonly string[] s_directories = ["", "a/", "b/", "c/"];

    private readonly Random _random = new(seed);
    private readonly HashSet<string> _mustBeThere = [];
    private int _written;
    private int _found;

    public async Task RunAsync(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            await StepAsync();
        }

        await RestAsync();
        var all = await gateways[0].AllAsync();
        foreach (var gateway in gateways)
        {
            Assert.That(Text(await gateway.AllAsync()), Is.EqualTo(Text(all)), "the gateways show different trees");
        }

        Assert.That(_mustBeThere.Except(all.Values), Is.Empty, "lost without a copy");
        TestContext.Out.WriteLine(
            $"seed {seed}: {operations} operations, {_written} texts, {_mustBeThere.Count} to be kept, {all.Count} files, {_found} found when wanted, "
            + $"{gateways.Sum(x => (long)x.Files.GetStatus().Conflicts)} conflicts");
    }

    private static string Text(IEnumerable<KeyValuePair<string, string>> files) =>
        string.Join('\n', files.Select(file => $"{file.Key}: {file.Value}"));

    private async Task StepAsync()
    {
        clock.Advance(s_step);
        var gateway = gateways[_random.Next(gateways.Count)];
        var path = Path();
        await LookForAsync(gateway, path);
        switch (_random.Next(20))
        {
            case < 9:
                await WriteAsync(gateway, path);
                break;
            case < 11:
                await RemoveAsync(gateway, path);
                break;
            case < 13:
                await RenameAsync(gateway, path, Path());
                break;
            case 13:
                await RemoveDirectoryAsync(gateway);
                break;
            case < 16:
                await gateway.SendAsync();
                break;
            case < 18:
                await gateway.AskAsync();
                break;
            default:
                await AllAtOnceAsync();
                break;
        }
    }

    private string Path() =>
        s_directories[_random.Next(s_directories.Length)] + (char)('p' + _random.Next(4));

    /// <summary>As clients do, before anything else.</summary>
    private async Task LookForAsync(SharingGateway gateway, string path)
    {
        if (IsInDirectory(gateway, path, out var directory) && gateway.Find(path) is null
            && await gateway.Files.FindElsewhereAsync(directory, FileName.From(path[(path.LastIndexOf('/') + 1)..])))
        {
            _found++;
        }
    }

    private async Task WriteAsync(SharingGateway gateway, string path)
    {
        if (await DirectoryOfAsync(gateway, path) is not { } directory)
        {
            return;
        }

        var name = FileName.From(path[(path.LastIndexOf('/') + 1)..]);
        var made = await gateway.Files.CreateAsync(
            Caller.Root, directory, name, CreateMode.Unchecked, default, 0, default);
        if (made.Error != VfsError.None)
        {
            return;
        }

        var file = made.Object!.Value;
        var text = string.Create(CultureInfo.InvariantCulture, $"text {_written++:000000}");
        _mustBeThere.Remove(await gateway.ReadAsync(file.Id));
        var written = await gateway.Files.WriteAsync(
            Caller.Root, file.Id, 0, Encoding.ASCII.GetBytes(text), Stability.Unstable, default);
        Assert.That(written.Error, Is.EqualTo(VfsError.None));
        _mustBeThere.Add(text);
    }

    private async Task RemoveAsync(SharingGateway gateway, string path)
    {
        if (gateway.Find(path) is not { Type: InodeType.Regular } file || !IsInDirectory(gateway, path, out var parent))
        {
            return;
        }

        var text = await gateway.ReadAsync(file.Id);
        var removed = await gateway.Files.RemoveAsync(
            Caller.Root, parent, FileName.From(path[(path.LastIndexOf('/') + 1)..]), default);
        Assert.That(removed.Error, Is.EqualTo(VfsError.None));
        _mustBeThere.Remove(text);
    }

    private async Task RenameAsync(SharingGateway gateway, string from, string to)
    {
        if (from == to || gateway.Find(from) is not { Type: InodeType.Regular }
            || !IsInDirectory(gateway, from, out var parent) || await DirectoryOfAsync(gateway, to) is not { } target)
        {
            return;
        }

        var replaced = gateway.Find(to) is { Type: InodeType.Regular } file ? await gateway.ReadAsync(file.Id) : null;
        var renamed = await gateway.Files.RenameAsync(
            Caller.Root, parent, FileName.From(from[(from.LastIndexOf('/') + 1)..]), target,
            FileName.From(to[(to.LastIndexOf('/') + 1)..]), default);
        if (renamed.Error == VfsError.None && replaced is not null)
        {
            _mustBeThere.Remove(replaced);
        }
    }

    private async Task RemoveDirectoryAsync(SharingGateway gateway) => await gateway.Files.RemoveDirectoryAsync(
        Caller.Root, InodeId.Root, FileName.From(s_directories[1 + _random.Next(3)][..1]), default);

    /// <summary>Both send what they have while both look for what is new.</summary>
    private async Task AllAtOnceAsync()
    {
        if (!isSentTogether)
        {
            var sender = gateways[_random.Next(gateways.Count)];
            await Task.WhenAll([sender.SendAsync(), .. gateways.Select(gateway => gateway.AskAsync())]);
            return;
        }

        await Task.WhenAll(gateways.SelectMany(gateway => new[] { gateway.SendAsync(), gateway.AskAsync() }));
    }

    private async Task<InodeId?> DirectoryOfAsync(SharingGateway gateway, string path)
    {
        if (IsInDirectory(gateway, path, out var found))
        {
            return found;
        }

        var made = await gateway.Files.MakeDirectoryAsync(
            Caller.Root, InodeId.Root, FileName.From(path[..1]), default, default);
        return made.Error == VfsError.None ? made.Object!.Value.Id : null;
    }

    private static bool IsInDirectory(SharingGateway gateway, string path, out InodeId directory)
    {
        directory = InodeId.Root;
        if (!path.Contains('/', StringComparison.Ordinal))
        {
            return true;
        }

        var found = gateway.Find(path[..1]);
        directory = found?.Id ?? default;
        return found is { Type: InodeType.Directory };
    }

    /// <summary>Until nothing is left to send, and what one sent has come to all others.</summary>
    private async Task RestAsync()
    {
        for (var round = 0; round < RoundsToRest; round++)
        {
            var isSent = true;
            foreach (var gateway in gateways)
            {
                isSent &= await gateway.SendAsync();
            }

            var before = gateways.Select(gateway => gateway.Files.GetStatus().RemoteChanges).ToList();
            foreach (var gateway in gateways)
            {
                await gateway.AskAsync();
            }

            var isSame = gateways.Select(gateway => gateway.Files.GetStatus().RemoteChanges).SequenceEqual(before);
            if (isSent && isSame)
            {
                return;
            }
        }

        Assert.Fail("the gateways do not come to rest: "
            + string.Join("; ", gateways.Select(gateway => gateway.Files.GetStatus().LastFailure)));
    }
}
