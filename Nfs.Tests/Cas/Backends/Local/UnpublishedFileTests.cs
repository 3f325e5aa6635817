using Cas.Client.Backends.Local;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local;

// If these fail, half-written content gets a name, or file systems without unnamed files cannot hold a store.
[TestFixture(true)]
[TestFixture(false)]
internal sealed class UnpublishedFileTests(bool unnamed)
{
    private string _directory = string.Empty;

    private string Target => Path.Join(_directory, "target");

    [SetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("unpublished-test-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Publish_Free_GivesTheWholeFileItsNameAlone()
    {
        using (var file = Write("new"))
        {
            Assert.That(File.Exists(Target), Is.False);
            Assert.That(Directory.GetFiles(_directory), Has.Length.EqualTo(unnamed ? 0 : 1));
            Assert.That(file.TryPublish(Target), Is.True);
        }

        Assert.That(Directory.GetFiles(_directory), Is.EqualTo(new[] { Target }));
        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(File.GetUnixFileMode(Target), Is.EqualTo(UnixFileMode.UserRead));
    }

    [Test]
    public void Publish_Taken_SaysSoOrReplaces()
    {
        File.WriteAllText(Target, "old");
        bool published;
        using (var file = Write("new"))
        {
            published = file.TryPublish(Target);
        }

        Assert.That(published, Is.Not.EqualTo(unnamed));
        Assert.That(File.ReadAllText(Target), Is.EqualTo(unnamed ? "old" : "new"));
        Assert.That(Directory.GetFiles(_directory), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void Replace_Taken_Replaces()
    {
        File.WriteAllText(Target, "old");
        using (var file = Write("new"))
        {
            file.Replace(Target);
        }

        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(_directory), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void Dispose_NotPublished_LeavesNothing()
    {
        using (Write("new"))
        {
        }

        Assert.That(Directory.GetFiles(_directory), Is.Empty);
    }

    [Test]
    public void Create_DirectoryIsGone_Fails() =>
        Assert.That(
            () => UnpublishedFile.Create(Path.Join(_directory, "missing"), unnamed), Throws.InstanceOf<IOException>());

    private UnpublishedFile Write(string text)
    {
        var file = UnpublishedFile.Create(_directory, unnamed);
        RandomAccess.Write(file.Handle, System.Text.Encoding.ASCII.GetBytes(text), 0);
        file.Sync();
        return file;
    }
}
