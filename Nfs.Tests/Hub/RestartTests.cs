using System.Net;
using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using XetHub;
using XetHub.Catalog;

namespace Nfs.Tests.Hub;

// If these fail, people who keep files in this hub lose them when it is started again.
[TestFixture]
internal sealed class RestartTests
{
    [Test]
    public async Task Restart_KeepsContentNamesAndTimes()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.UploadAsync(NpmUpload.Text);
        await hub.BatchAsync($$"""{"type":"addFile","path":"é/t","xetHash":"{{NpmUpload.Text.FileHash}}","mtime":5}""");
        await hub.AddEmptyAsync("empty", "gone");
        await hub.BatchAsync("""{"type":"deleteFile","path":"gone"}""");
        var before = await hub.OkAsync(HttpMethod.Get, $"/api/buckets/{TestHub.Bucket}/tree");
        var infoBefore = await hub.OkAsync(HttpMethod.Get, $"/api/buckets/{TestHub.Bucket}");

        await hub.RestartAsync();

        Assert.That(await hub.OkAsync(HttpMethod.Get, $"/api/buckets/{TestHub.Bucket}/tree"), Is.EqualTo(before));
        Assert.That(await hub.OkAsync(HttpMethod.Get, $"/api/buckets/{TestHub.Bucket}"), Is.EqualTo(infoBefore));
        Assert.That(
            await hub.OkAsync(HttpMethod.Get, $"/buckets/{TestHub.Bucket}/resolve/%C3%A9%2Ft"),
            Is.EqualTo(NpmUpload.Text.Content));
    }

    [Test]
    public void Journal_CutAnywhere_GivesTheChangesBeforeTheCut()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["journal"];
        using (var catalog = new RepoCatalog(path, TimeProvider.System))
        {
            for (var i = 0; i < 3; i++)
            {
                catalog.Change(_ => new RepoCreated(new RepoId("models", $"é/{i}"), false, default, $"c{i}"));
            }
        }

        var whole = File.ReadAllBytes(path);
        var lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        for (var length = lastLine - 1; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            var lines = whole.AsSpan(0, length).Count((byte)'\n');
            int found;
            using (var catalog = new RepoCatalog(path, TimeProvider.System))
            {
                found = catalog.State.Repos.Count;
                catalog.Change(_ => new RepoDeleted(new RepoId("spaces", "none/none")));
            }

            using var again = new RepoCatalog(path, TimeProvider.System);
            Assert.That(found, Is.EqualTo(lines).Or.EqualTo(lines + 1), "a line may have lost only its end");
            Assert.That(again.State.Repos, Has.Count.EqualTo(found));
        }
    }

    [Test]
    public void Journal_DamagedBeforeItsEnd_IsNotCutOff()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["journal"];
        File.WriteAllText(path, "damaged\n{\"$type\":\"deleted\",\"Id\":{\"Type\":\"models\",\"Name\":\"a/b\"}}\n");
        var before = File.ReadAllBytes(path);

        Assert.That(() => new RepoCatalog(path, TimeProvider.System), Throws.InstanceOf<InvalidDataException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public async Task SecondHub_OnTheSameDirectory_IsRefused()
    {
        await using var hub = await TestHub.StartAsync();

        Assert.That(
            async () => await XetHubServer.StartAsync(new XetHubOptions { DataDirectory = hub.Data }),
            Throws.InstanceOf<StoreUnavailableException>());
        using var alive = await hub.SendAsync(HttpMethod.Get, $"/api/buckets/{TestHub.Bucket}");
        Assert.That(alive.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }
}
