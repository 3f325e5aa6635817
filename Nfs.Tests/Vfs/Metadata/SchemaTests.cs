using Cas.Client.Sqlite;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Metadata;

namespace Nfs.Tests.Vfs.Metadata;

// A gateway is updated over the state of an older one: the files must be there, and the gateway must start.
[TestFixture]
internal sealed class SchemaTests
{
    [Test]
    public async Task AStateOfFormat1_IsBroughtUpToDate_AndKeepsItsFiles()
    {
        await using var gateway = await TestGateway.StartAsync();
        var file = await gateway.MakeFileAsync("f", [1, 2, 3]);
        await gateway.CommitAsync(file);
        await gateway.CloseAsync();
        Run(
            gateway.StatePath,
            "DROP TABLE request; CREATE TABLE request(seq INTEGER PRIMARY KEY, high INTEGER NOT NULL, "
            + "low INTEGER NOT NULL, inode INTEGER NOT NULL); INSERT INTO request VALUES(7,1,2,3); "
            + "PRAGMA user_version=1;");

        await gateway.StartAgainAsync();

        Assert.That(await gateway.ReadAllAsync(file), Is.EqualTo(new byte[] { 1, 2, 3 }));
        var caller = Caller.Root with { Request = new RequestKey(5, 6) };
        await gateway.Files.RemoveAsync(caller, InodeId.Root, FileName.From("f"), default);
        await gateway.ReopenAsync();
        var again = await gateway.Files.RemoveAsync(caller, InodeId.Root, FileName.From("f"), default);
        Assert.That(again.Error, Is.EqualTo(VfsError.None));
    }

    [Test]
    public async Task AStateOfANewerGateway_IsRefused()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.CloseAsync();
        Run(gateway.StatePath, $"PRAGMA user_version={Schema.Version + 1}");

        Assert.That(() => gateway.StartAgainAsync(), Throws.InstanceOf<StateUnavailableException>());
    }

    private static void Run(string statePath, string sql)
    {
        using var connection = SystemSqlite.Open(Path.Combine(statePath, "state.db"));
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
