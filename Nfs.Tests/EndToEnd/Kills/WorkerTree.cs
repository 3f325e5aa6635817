using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>A directory and those files in it that belong to one worker.</summary>
internal sealed record OwnDirectory(byte[] Handle, ulong FileId, string Prefix = "")
{
    public Dictionary<string, CachedFile> Files { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// The names of one worker: a directory of its own with directories in it, and names with its prefix in a directory
/// that all workers share.
/// </summary>
internal sealed class WorkerTree(OwnDirectory home, OwnDirectory shared)
{
    private const int GoneMax = 8;

    private readonly Queue<byte[]> _gone = [];

    public OwnDirectory Home { get; } = home;

    public Dictionary<string, OwnDirectory> Directories { get; } = new(StringComparer.Ordinal);

    public IEnumerable<OwnDirectory> Places => [Home, shared, .. Directories.Values];

    public IEnumerable<CachedFile> Files => Places.SelectMany(place => place.Files.Values).Distinct();

    /// <summary>A name of a file went away.</summary>
    public void Dropped(CachedFile? file)
    {
        if (file is not null && --file.LinkCount == 0)
        {
            Gone(file.Handle);
        }
    }

    public void Gone(byte[] handle)
    {
        _gone.Enqueue(handle);
        if (_gone.Count > GoneMax)
        {
            _gone.Dequeue();
        }
    }

    /// <summary>Holds what a server has against this tree; a crash may have changed what was not stable.</summary>
    public async Task VerifyAsync(NfsMount mount, Action verified)
    {
        foreach (var place in Places)
        {
            await VerifyNamesAsync(mount, place);
            verified();
        }

        foreach (var file in Files)
        {
            await VerifyAsync(mount, file);
            verified();
        }

        foreach (var handle in _gone)
        {
            var (status, _) = await mount.GetattrAsync(handle);
            Assert.That(status, Is.EqualTo(NfsStat3.NFS3ERR_STALE), "R-4: what is gone");
        }
    }

    private async Task VerifyNamesAsync(NfsMount mount, OwnDirectory place)
    {
        var expected = place.Files.ToDictionary(name => name.Key, name => name.Value.FileId);
        if (place == Home)
        {
            foreach (var (name, directory) in Directories)
            {
                expected.Add(name, directory.FileId);
            }
        }

        var listed = await mount.ListAsync(place.Handle);
        var found = listed.Where(entry => entry.Key.StartsWith(place.Prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key, entry => entry.Value.Attributes.FileId);
        Assert.That(found, Is.EquivalentTo(expected), "R-4, R-5: names");
    }

    private static async Task VerifyAsync(NfsMount mount, CachedFile file)
    {
        var (status, attributes) = await mount.GetattrAsync(file.Handle);
        Assert.That(status, Is.EqualTo(NfsStat3.NFS3_OK), $"R-4: file {file.FileId}");
        Assert.That(
            (attributes!.FileId, attributes.LinkCount, attributes.Mode),
            Is.EqualTo((file.FileId, file.LinkCount, file.Mode)), "R-5: file number, links, mode");
        var found = await mount.ReadAsync(file.Handle, 0, LoadWorker.FileBytesMax + 1);
        Assert.That(file.Problem(found), Is.Null, $"file {file.FileId}");
    }
}
