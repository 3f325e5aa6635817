using Nfs.Server.Exports;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Exports;

/// <summary>
/// An id that goes to another tree makes old handles name other people's files; one that changes breaks mounts.
/// </summary>
internal sealed class ExportIdsTests
{
    private static readonly ExportPlace s_films = new("/films", "media", "films", "A");
    private static readonly ExportPlace s_music = new("/music", "media", "music", "A");

    private TemporaryDirectory _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    [Covers("N-73", "N-77")]
    public void IdsOutliveRestartsReorderingAndAbsence()
    {
        var first = Give(s_films, s_music);
        var alone = Give(s_music);
        var again = Give(s_music, s_films);

        Assert.That(first, Is.Unique.And.None.EqualTo(ExportIds.Whole));
        Assert.That(alone, Is.EqualTo(new[] { first[1] }));
        Assert.That(again, Is.EqualTo(new[] { first[1], first[0] }));
    }

    [Test]
    [Covers("N-77")]
    public void AnotherTreeNeverGetsAnOldId()
    {
        var given = Give(s_films, s_music);

        var others = Give(
            s_films with { Store = "other" }, s_films with { Subtree = "" }, s_films with { Path = "/cinema" },
            s_films with { State = "B" });

        Assert.That(others.Concat(given), Is.Unique);
    }

    [Test]
    public void TheWholeOfTheStateDirectorysStore_HasTheIdOfAGatewayWithoutAConfiguration()
    {
        var whole = new ExportPlace("/all", "default", "", ExportPlace.RootState);
        var ids = Give(s_films, whole with { Subtree = "a" }, whole, whole with { Path = "/again" });

        Assert.That(ids, Is.Unique);
        Assert.That(ids[2], Is.EqualTo(ExportIds.Whole));
    }

    [TestCase("")]
    [TestCase("[")]
    [TestCase("null")]
    [TestCase("[null]")]
    [TestCase("[{\"id\":0,\"place\":{\"path\":\"/\",\"store\":\"s\",\"subtree\":\"\",\"state\":\"\"}}]")]
    [TestCase("[{\"id\":2,\"place\":{\"path\":\"/\",\"store\":\"s\",\"subtree\":\"\"}}]")]
    public void ADamagedRecord_IsRefused_AndStays(string text)
    {
        Give(s_films);
        var path = Path.Combine(_temp["state"], "exports.json");
        File.WriteAllText(path, text);

        Assert.That(() => Give(s_films), Throws.TypeOf<StateUnavailableException>().With.Message.Contains("damaged"));
        Assert.That(File.ReadAllText(path), Is.EqualTo(text));
    }

    private uint[] Give(params ExportPlace[] places)
    {
        using var state = StateDirectory.Open(_temp["state"]);
        var ids = ExportIds.Load(state);
        uint[] given = [.. places.Select(ids.Of)];
        ids.Save();
        return given;
    }
}
