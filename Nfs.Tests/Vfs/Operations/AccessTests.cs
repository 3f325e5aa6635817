using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

// Clients ask ACCESS and believe it: too much granted is an error at a bad moment, too little a user locked out.
[TestFixture]
internal sealed class AccessTests : OperationTests
{
    private const uint Owner = 1000;
    private const uint Group = 3000;
    private const AccessBits Changing = AccessBits.Modify | AccessBits.Extend | AccessBits.Delete;
    private const AccessBits All = AccessBits.Read | AccessBits.Lookup | AccessBits.Execute | Changing;

    private static readonly Dictionary<string, Caller> s_callers = new()
    {
        ["owner"] = new Caller(Owner, 1000, []),
        ["group"] = new Caller(1001, Group, []),
        ["supplementary group"] = new Caller(1001, 1001, [7, Group]),
        ["other"] = new Caller(1001, 1001, [7]),
        ["squashed root"] = new Caller(65534, 65534, []),
        ["root"] = Root,
    };

    private static IEnumerable<string> Callers => s_callers.Keys;

    // Setting a mode and making a name wait for the disk, and have their effect before: they are waited for together.
    private readonly List<Task> _durable = [];

    private InodeId _file;
    private InodeId _directory;

    [SetUp]
    public async Task MakeAsync()
    {
        _durable.Clear();
        _file = await FileAsync("file", Root, "0");
        _directory = await DirectoryAsync("dir", Root, "0");
        await FileAsync("inside", Root, "0", _directory);
        await Gateway.WriteAsync(_file, 0, new byte[100]);
        foreach (var id in new[] { _file, _directory })
        {
            await Files.SetAttributesAsync(
                Root, id, new AttributeChanges { Uid = Owner, Gid = Group }, null, default);
        }
    }

    [TearDown]
    public Task WaitAsync() => Task.WhenAll(_durable);

    [TestCaseSource(nameof(Callers))]
    [Covers("N-113", "N-114")]
    public async Task OfAFile_AgreesWithTheCalls_InEveryMode(string who)
    {
        var caller = s_callers[who];
        for (var mode = 0u; mode < 4096; mode++)
        {
            SetMode(_file, mode);
            var granted = Granted(caller, _file, AccessBits.Read | AccessBits.Modify | AccessBits.Extend
                | AccessBits.Execute);
            var read = await Files.ReadAsync(caller, _file, 0, 1, default);
            read.Data?.Dispose();
            var write = await Files.WriteAsync(caller, _file, 0, new byte[1], Stability.Unstable, default);

            // Who could open the file may go on when its mode has changed; who may run it may read its pages.
            var mayRead = caller.Uid == Owner || (granted & (AccessBits.Read | AccessBits.Execute)) != 0;
            var mayWrite = caller.Uid == Owner || granted.HasFlag(AccessBits.Modify);
            Assert.That(read.Error == VfsError.None, Is.EqualTo(mayRead), $"READ {Convert.ToString(mode, 8)}");
            Assert.That(write.Error == VfsError.None, Is.EqualTo(mayWrite), $"WRITE {Convert.ToString(mode, 8)}");
            Assert.That(granted.HasFlag(AccessBits.Extend), Is.EqualTo(granted.HasFlag(AccessBits.Modify)));
        }
    }

    [TestCaseSource(nameof(Callers))]
    [Covers("N-113", "N-114")]
    public void OfADirectory_AgreesWithTheCalls_InEveryMode(string who)
    {
        var caller = s_callers[who];
        for (var mode = 0u; mode < 4096; mode++)
        {
            SetMode(_directory, mode);
            var granted = Granted(caller, _directory, AccessBits.Read | AccessBits.Lookup | Changing);
            var lookup = Files.Lookup(caller, _directory, N("inside")).Error;
            var list = Files.ReadDirectory(caller, _directory, 0, 10, true, []).Error;
            _durable.Add(Files.CreateAsync(
                caller, _directory, N("new"), CreateMode.Guarded, default, 0, default).AsTask());
            var isMade = Files.Lookup(Root, _directory, N("new")).Error == VfsError.None;
            _durable.Add(Files.RemoveAsync(Root, _directory, N("new"), default).AsTask());

            var text = Convert.ToString(mode, 8);
            Assert.That(lookup == VfsError.None, Is.EqualTo(granted.HasFlag(AccessBits.Lookup)), $"LOOKUP {text}");
            Assert.That(list == VfsError.None, Is.EqualTo(granted.HasFlag(AccessBits.Read)), $"READDIR {text}");
            Assert.That(isMade, Is.EqualTo(granted.HasFlag(Changing)), $"CREATE {text}");
            Assert.That((granted & Changing) is 0 or Changing, Is.True, text);
        }
    }

    /// <summary>What ACCESS grants of all; asked for less, it grants that part, and never the impossible.</summary>
    private AccessBits Granted(Caller caller, InodeId id, AccessBits possible)
    {
        var granted = Files.CheckAccess(caller, id, All).Granted;
        Assert.That(granted & ~possible, Is.EqualTo(AccessBits.None));
        foreach (var part in new[] { AccessBits.None, AccessBits.Read | AccessBits.Execute, Changing })
        {
            Assert.That(Files.CheckAccess(caller, id, part).Granted, Is.EqualTo(granted & part));
        }

        return granted;
    }

    private void SetMode(InodeId id, uint mode) => _durable.Add(
        Files.SetAttributesAsync(Root, id, new AttributeChanges { Mode = mode }, null, default).AsTask());
}
