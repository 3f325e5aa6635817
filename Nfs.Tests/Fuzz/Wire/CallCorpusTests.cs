using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// What real clients send is understood. If these fail, either a client cannot use the gateway, or the fuzzing starts
/// from calls that nobody makes.
/// </summary>
internal sealed class CallCorpusTests
{
    [TestCase("linux")]
    [TestCase("libnfs")]
    [TestCase("macos")]
    [Covers("N-12", "N-35")]
    public async Task CallsOfAClient_AreAllWellFormedAndServed(string client)
    {
        using var tree = await FuzzedTree.CreateAsync();
        var calls = CallCorpus.Entries.Zip(tree.Samples)
            .Where(call => call.First.Client == client && !call.First.Name.StartsWith("PROGRAM", StringComparison.Ordinal));

        var count = 0;
        foreach (var ((_, name, _), record) in calls)
        {
            var reply = await tree.Server.SendAsync(record);

            Assert.That(CallFields.Of(record) is { IsUnderstood: true, IsWhole: true }, Is.True, name);
            new WireReply(reply!).Accepted(CallFields.Of(record).Xid);
            count++;
        }

        Assert.That(count, Is.GreaterThanOrEqualTo(15));
    }

    [Test]
    public void Corpus_HasEveryProcedureOfNfs()
    {
        var procedures = CallCorpus.Calls.Select(CallFields.Of)
            .Where(call => call.Program == RpcWire.Nfs).Select(call => (NfsProc3)call.Procedure).Distinct();

        Assert.That(procedures, Is.SupersetOf(Enum.GetValues<NfsProc3>()));
    }

    [Test]
    [Covers("N-2", "N-5", "N-37")]
    public void Corpus_EachCallCutAnywhere_IsRefused()
    {
        foreach (var (_, name, record) in CallCorpus.Entries)
        {
            var end = record.Length - CallFields.Of(record).Left.Length;
            for (var length = 0; length < end; length++)
            {
                Assert.That(
                    () => CallTarget.Read(record[..length]), Throws.TypeOf<RefusedException>(), $"{name} at {length}");
            }
        }
    }
}
