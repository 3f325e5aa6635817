using System.Diagnostics;
using System.Globalization;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs;

// If these fail, users lose mounts at a restart (another key), two gateways write one state, or a mistyped path is
// filled with files.
public sealed class StateDirectoryTests
{
    private TemporaryDirectory _temp = null!;
    private string _path = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TemporaryDirectory();
        _path = _temp["state"];
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    [Covers("N-72")]
    public void Open_Missing_MakesPrivateDirectory()
    {
        using var state = StateDirectory.Open(_path);

        Assert.That(Octal(_path), Is.EqualTo("700"));
        Assert.That(Octal(state.StagingPath), Is.EqualTo("700"));
        Assert.That(Octal(Path.Combine(_path, "handle.key")), Is.EqualTo("600"));
        Assert.That(Octal(Path.Combine(_path, "lock")), Is.EqualTo("600"));
        Assert.That(state.DatabasePath, Is.EqualTo(Path.Combine(_path, "state.db")));
        Assert.That(state.ControlSocketPath, Is.EqualTo(StateDirectory.ControlSocketPathOf(_path + "/")));
    }

    [Test]
    [Covers("N-72", "N-74")]
    public void Open_Again_KeepsTheKey()
    {
        byte[] first;
        using (var state = StateDirectory.Open(_path))
        {
            first = state.HandleKey;
        }

        using var again = StateDirectory.Open(_path);

        Assert.That(first, Has.Length.EqualTo(32).And.Some.Not.Zero);
        Assert.That(again.HandleKey, Is.EqualTo(first));
    }

    [Test]
    [Covers("N-72")]
    public void Open_TwoStates_HaveTwoKeys()
    {
        using var one = StateDirectory.Open(_path);
        using var two = StateDirectory.Open(_temp["other"]);

        Assert.That(one.HandleKey, Is.Not.EqualTo(two.HandleKey));
    }

    [Test]
    public void Open_WhileOpen_NamesTheOwner()
    {
        using var state = StateDirectory.Open(_path);

        Assert.That(
            Refusal(() => StateDirectory.Open(_path)),
            Does.Contain($"process {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"));
        Assert.That(Refusal(() => StateDirectory.Check(_path)), Does.Contain("in use by process"));
    }

    [Test]
    public void Open_AfterRefusal_LeavesTheOwnersLock()
    {
        using var state = StateDirectory.Open(_path);
        _ = Refusal(() => StateDirectory.Open(_path));

        Assert.That(Refusal(() => StateDirectory.Open(_path)), Does.Contain("in use by process"));
    }

    [Test]
    [Covers("EC-157")]
    public void Open_LockedByAnotherProcess_IsRefusedUntilItIsKilled()
    {
        StateDirectory.Open(_path).Dispose();
        using var owner = Process.Start(new ProcessStartInfo("flock")
        {
            ArgumentList =
            {
                "--no-fork", Path.Combine(_path, "lock"), "sh", "-c", "echo $$ >lock; echo locked; exec sleep 600",
            },
            WorkingDirectory = _path,
            RedirectStandardOutput = true,
        })!;
        Assert.That(owner.StandardOutput.ReadLine(), Is.EqualTo("locked"));

        var refusal = Refusal(() => StateDirectory.Open(_path));
        owner.Kill();
        owner.WaitForExit();

        Assert.That(refusal, Does.Contain(owner.Id.ToString(CultureInfo.InvariantCulture)));
        Assert.That(File.ReadAllText(Path.Combine(_path, "lock")), Is.Not.Empty);
        Assert.That(() => StateDirectory.Open(_path).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Check_ChangesNothing()
    {
        StateDirectory.Check(_path);
        Assert.That(Directory.Exists(_path), Is.False);

        StateDirectory.Open(_path).Dispose();
        var before = Snapshot(_path);
        StateDirectory.Check(_path);

        Assert.That(Snapshot(_path), Is.EqualTo(before));
    }

    [TestCase("a regular file", "not a directory")]
    [TestCase("a link to nothing", "link that leads nowhere")]
    [TestCase("missing parent", "not an existing directory")]
    [TestCase("others can write", "Other users can write")]
    [TestCase("somebody's files", "not empty")]
    [TestCase("short key", "damaged")]
    [TestCase("long key", "damaged")]
    [TestCase("key is a link", "not a regular file")]
    [TestCase("key open to others", "Other users can read")]
    [TestCase("lock is a link", "not a regular file")]
    [TestCase("lock is a pipe", "not a regular file")]
    [TestCase("staging is a link", "not a directory")]
    [TestCase("database without key", "handle.key is missing")]
    public void Open_Hostile_IsRefusedAndUnchanged(string what, string expected)
    {
        var path = Prepare(what);
        var before = Snapshot(_temp.Path);

        var refusal = Refusal(() => StateDirectory.Open(path));
        var checkRefusal = Refusal(() => StateDirectory.Check(path));

        Assert.That(refusal, Does.Contain(expected));
        Assert.That(refusal, Does.EndWith("."));
        Assert.That(refusal, Does.Not.Contain("\n"));
        Assert.That(checkRefusal, Is.EqualTo(refusal));
        Assert.That(Snapshot(_temp.Path), Is.EqualTo(before));
    }

    [Test]
    public void Open_AfterACrashWhileItWasMade_Succeeds()
    {
        Directory.CreateDirectory(_path);
        File.SetUnixFileMode(_path, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(_path, "lost+found"));
        File.WriteAllText(Path.Combine(_path, "lock"), "123\n");
        File.WriteAllText(Path.Combine(_path, "handle.key.new"), "half");

        using var state = StateDirectory.Open(_path);

        Assert.That(state.HandleKey, Has.Length.EqualTo(32));
        Assert.That(File.Exists(Path.Combine(_path, "handle.key.new")), Is.False);
    }

    [TestCase("")]
    [TestCase("a\0b")]
    public void Open_NoPath_IsRefused(string path) =>
        Assert.That(Refusal(() => StateDirectory.Open(path)), Does.Contain("needs a path"));

    private string Prepare(string what)
    {
        switch (what)
        {
            case "a regular file":
                File.WriteAllText(_path, "x");
                return _path;
            case "a link to nothing":
                File.CreateSymbolicLink(_path, "nowhere");
                return _path;
            case "missing parent":
                return Path.Combine(_path, "state");
            case "somebody's files":
                Directory.CreateDirectory(_path, (UnixFileMode)0b111_000_000);
                File.WriteAllText(Path.Combine(_path, "letter.txt"), "x");
                return _path;
        }

        StateDirectory.Open(_path).Dispose();
        var key = Path.Combine(_path, "handle.key");
        var stateLock = Path.Combine(_path, "lock");
        var staging = Path.Combine(_path, "staging");
        switch (what)
        {
            case "others can write":
                File.SetUnixFileMode(_path, (UnixFileMode)0b111_000_010);
                break;
            case "short key":
                File.WriteAllBytes(key, new byte[31]);
                break;
            case "long key":
                File.WriteAllBytes(key, new byte[33]);
                break;
            case "key is a link":
                File.Move(key, _temp["key"]);
                File.CreateSymbolicLink(key, _temp["key"]);
                break;
            case "key open to others":
                File.SetUnixFileMode(key, (UnixFileMode)0b110_100_000);
                break;
            case "lock is a link":
                File.Delete(stateLock);
                File.WriteAllText(_temp["victim"], "precious");
                File.CreateSymbolicLink(stateLock, _temp["victim"]);
                break;
            case "lock is a pipe":
                File.Delete(stateLock);
                using (var make = Process.Start("mkfifo", [stateLock]))
                {
                    make.WaitForExit();
                }

                break;
            case "staging is a link":
                Directory.Delete(staging);
                Directory.CreateDirectory(_temp["elsewhere"]);
                File.CreateSymbolicLink(staging, _temp["elsewhere"]);
                break;
            case "database without key":
                File.Delete(key);
                File.WriteAllText(Path.Combine(_path, "state.db"), "x");
                break;
            default:
                throw new ArgumentException(what, nameof(what));
        }

        return _path;
    }

    private static string Refusal(Action open)
    {
        try
        {
            open();
        }
        catch (StateUnavailableException e)
        {
            return e.Message;
        }

        throw new AssertionException("was not refused");
    }

    private static string Octal(string path) =>
        Convert.ToString((int)File.GetUnixFileMode(path), 8);

    /// <summary>Names, kinds, modes, times and bytes of everything below.</summary>
    private static string[] Snapshot(string path) => [.. Directory
        .EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(entry => new FileInfo(entry))
        .Select(file => string.Join(
            ' ', file.FullName, file.LinkTarget, file.Attributes, file.UnixFileMode, file.LastWriteTimeUtc.Ticks,
            IsPlain(file) ? Convert.ToHexString(File.ReadAllBytes(file.FullName)) : ""))];

    private static bool IsPlain(FileInfo file) => file.LinkTarget is null && file.Exists && file.Length > 0;
}
