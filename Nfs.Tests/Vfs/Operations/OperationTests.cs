using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs.Operations;

/// <summary>What the tests of operations share: a gateway, a few callers, and the rules that every reply keeps.</summary>
internal abstract class OperationTests
{
    protected static readonly Caller Root = Caller.Root;
    protected static readonly Caller Alice = new(1000, 1000, [2000]);
    protected static readonly Caller Bob = new(1001, 1001, []);

    protected ManualClock Clock { get; private set; } = null!;

    protected TestGateway Gateway { get; private set; } = null!;

    protected GatewayFileSystem Files => Gateway.Files;

    [SetUp]
    public async Task StartAsync()
    {
        Clock = new ManualClock();
        Gateway = await TestGateway.StartAsync(null, Clock);
        await Files.SetAttributesAsync(
            Root, InodeId.Root, new AttributeChanges { Mode = Octal("777") }, null, default);
    }

    [TearDown]
    public async Task StopAsync() => await Gateway.DisposeAsync();

    protected static FileName N(string name) => FileName.From(name);

    protected static uint Octal(string digits) => Convert.ToUInt32(digits, 8);

    protected static readonly InodeId Gone = new(1UL << 40);

    protected Attributes Get(InodeId id) => Gateway.Attributes(id);

    protected async Task<InodeId> FileAsync(string name, Caller caller, string mode, InodeId? directory = null)
    {
        var made = await Files.CreateAsync(
            caller, directory ?? InodeId.Root, N(name), CreateMode.Guarded,
            new AttributeChanges { Mode = Octal(mode) }, 0, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None));
        return made.Object!.Value.Id;
    }

    protected async Task<InodeId> DirectoryAsync(string name, Caller caller, string mode, InodeId? parent = null)
    {
        var made = await Files.MakeDirectoryAsync(
            caller, parent ?? InodeId.Root, N(name), new AttributeChanges { Mode = Octal(mode) }, default);
        Assert.That(made.Error, Is.EqualTo(VfsError.None));
        return made.Object!.Value.Id;
    }

    /// <summary>A reply that says "nothing changed": before is after, and both are what GETATTR says.</summary>
    protected void AssertUnchanged(WccData wcc, InodeId id)
    {
        Assert.That(wcc.After, Is.EqualTo(Get(id)));
        Assert.That(wcc.Before, Is.EqualTo(wcc.After!.Value.Wcc));
    }

    /// <summary>A reply that says what changed: the state before, the state after, ctime and mtime risen.</summary>
    protected void AssertChanged(WccData wcc, Attributes before)
    {
        Assert.That(wcc.Before, Is.EqualTo(before.Wcc));
        Assert.That(wcc.After, Is.EqualTo(Get(before.Id)));
        Assert.That(wcc.After!.Value.Ctime, Is.GreaterThan(before.Ctime));
    }
}
