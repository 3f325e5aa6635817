using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Server.Nfs3;

/// <summary>
/// Rights at each call, over real files. A client that opened a file goes on with it whatever happens to its mode or to
/// the directories above; everybody else is asked again each time.
/// </summary>
internal sealed class HandleRightsTests
{
    private const uint Owner = 1000;
    private const uint Other = 2000;

    private TestGateway _gateway = null!;
    private WireServer _server = null!;
    private InodeId _directory;
    private InodeId _file;

    [SetUp]
    public async Task SetUpAsync()
    {
        _gateway = await TestGateway.StartAsync();
        _server = new WireServer(files: _gateway.Files);
        var made = await _gateway.Files.MakeDirectoryAsync(
            Caller.Root, InodeId.Root, FileName.From("d"), new AttributeChanges { Mode = 0x1ED, Uid = Owner }, default);
        _directory = made.Object!.Value.Id;
        _file = await _gateway.MakeFileAsync("file", [1, 2, 3], _directory);
        await ChangeAsync(_file, new AttributeChanges { Mode = 0x1A4, Uid = Owner, Gid = Owner });
    }

    [TearDown]
    public async Task TearDownAsync() => await _gateway.DisposeAsync();

    [Test]
    [Covers("N-206")]
    public async Task AHandleIsGood_WhenTheDirectoriesAboveAreClosed()
    {
        await ChangeAsync(_directory, new AttributeChanges { Mode = 0 });

        Assert.That(await LookupAsync(Other), Is.EqualTo(NfsStat3.NFS3ERR_ACCES), "the way there is closed");
        Assert.That(await ReadAsync(Other), Is.EqualTo(NfsStat3.NFS3_OK), "who is there may stay");
    }

    [Test]
    [Covers("N-204", "N-205")]
    public async Task TheOwnerOfAFile_ReadsAndWritesIt_WhenItsModeHasGone()
    {
        await ChangeAsync(_file, new AttributeChanges { Mode = 0 });

        Assert.That(await WriteAsync(Owner), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(await ReadAsync(Owner), Is.EqualTo(NfsStat3.NFS3_OK));
        Assert.That(
            (await WriteAsync(Other), await ReadAsync(Other)),
            Is.EqualTo((NfsStat3.NFS3ERR_ACCES, NfsStat3.NFS3ERR_ACCES)));
        Assert.That(await WriteAsync(0), Is.EqualTo(NfsStat3.NFS3_OK), "root");
    }

    [Test]
    [Covers("N-204", "N-205")]
    public async Task TheOwnerOfADirectory_IsBoundByItsMode()
    {
        await ChangeAsync(_directory, new AttributeChanges { Mode = 0 });

        Assert.That(await LookupAsync(Owner), Is.EqualTo(NfsStat3.NFS3ERR_ACCES));
        Assert.That(await MakeAsync(Owner), Is.EqualTo(NfsStat3.NFS3ERR_ACCES));
        Assert.That(await LookupAsync(0), Is.EqualTo(NfsStat3.NFS3_OK), "root searches every directory");
    }

    private Task<NfsStat3> LookupAsync(uint uid) =>
        CallAsync(NfsProc3.LOOKUP, uid, new XdrBytes().Opaque(_server.Handle(_directory)).Text("file"));

    private Task<NfsStat3> MakeAsync(uint uid) =>
        CallAsync(NfsProc3.MKDIR, uid, new XdrBytes().Opaque(_server.Handle(_directory)).Text("new").Sattr());

    private Task<NfsStat3> ReadAsync(uint uid) =>
        CallAsync(NfsProc3.READ, uid, new XdrBytes().Opaque(_server.Handle(_file)).U64(0).U32(3));

    private Task<NfsStat3> WriteAsync(uint uid) =>
        CallAsync(
            NfsProc3.WRITE, uid, new XdrBytes().Opaque(_server.Handle(_file)).U64(0).U32(3).U32(0).Opaque("abc"u8));

    private async Task<NfsStat3> CallAsync(NfsProc3 procedure, uint uid, byte[] args) =>
        (NfsStat3)(await _server.NfsAsync(procedure, args, RpcWire.AuthSys(uid, uid))).U32();

    private async Task ChangeAsync(InodeId id, AttributeChanges changes)
    {
        var changed = await _gateway.Files.SetAttributesAsync(Caller.Root, id, changes, null, default);
        Assert.That(changed.Error, Is.EqualTo(VfsError.None));
    }
}
