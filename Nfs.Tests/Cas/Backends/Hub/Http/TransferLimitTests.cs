using Cas.Client;
using Cas.Client.Backends.Hub.Http;
using Cas.Client.Backends.Hub.Reading;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Hub.Http;

// How long bytes may take. If these fail, large files never arrive over slow lines, or a server that hangs holds
// connections for ever, or other bytes than those asked for are taken.
[CancelAfter(60_000)]
internal sealed class TransferLimitTests
{
    private const int Pieces = 100;

    private ManualClock _clock = null!;
    private HubHttp _http = null!;

    [SetUp]
    public void SetUp()
    {
        _clock = new ManualClock();
        _http = new HubHttp(_clock);
    }

    [TearDown]
    public void TearDown() => _http.Dispose();

    [Test]
    [Covers("EC-188")]
    public async Task Download_ThatGoesOnForLong_Ends()
    {
        var body = new byte[Pieces];
        await using var stub = new HttpStub(async (context, _) =>
        {
            context.Response.ContentLength64 = Pieces;
            for (var i = 0; i < Pieces; i++)
            {
                await context.Response.OutputStream.WriteAsync(new byte[] { 1 });
                await context.Response.OutputStream.FlushAsync();
                while (Volatile.Read(ref body[i]) == 0)
                {
                    await Task.Yield();
                }

                // Less than half of what may pass without a byte: the client counts from a moment after this one.
                _clock.Advance(TimeSpan.FromSeconds(9));
            }

            context.Response.Close();
        });

        await FillAsync(stub.Url, CallLimits.Download, body);

        Assert.That(body, Is.All.EqualTo(1));
    }

    [Test]
    [Covers("EC-168")]
    public async Task Download_ThatStalls_Fails_AndTheNextOneIsServed()
    {
        var released = new TaskCompletionSource();
        await using var stub = new HttpStub(async (context, number) =>
        {
            context.Response.ContentLength64 = 2;
            await context.Response.OutputStream.WriteAsync(new byte[] { 1 });
            await context.Response.OutputStream.FlushAsync();
            if (number == 1)
            {
                _clock.Advance(CallLimits.Download.Idle + TimeSpan.FromSeconds(1));
                await released.Task;
                context.Response.Abort();
                return;
            }

            await context.Response.OutputStream.WriteAsync(new byte[] { 1 });
            context.Response.Close();
        });
        var body = new byte[2];

        var failure = Assert.ThrowsAsync<HubFailure>(() => FillAsync(stub.Url, CallLimits.Download, body))!;
        Assert.That(failure.Error, Is.EqualTo(CasError.Unreachable));
        Assert.That(failure.Message, Does.Contain("nothing moved"));

        await FillAsync(stub.Url, CallLimits.Download, body);
        released.SetResult();
        Assert.That(body, Is.All.EqualTo(1));
    }

    [Test]
    [Covers("EC-230")]
    public async Task Shard_ThatTheServerWorksOnForMinutes_IsWaitedFor()
    {
        await using var stub = new HttpStub((context, _) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(215));
            return HttpStub.SayAsync(context, 200, "ok");
        });
        var body = new byte[2];

        await FillAsync(stub.Url, CallLimits.Work, body);

        Assert.That(body, Is.EqualTo("ok"u8.ToArray()));
    }

    [Test]
    public async Task Fetch_AnswerThatDoesNotSayWhichBytesItIs_IsNotTaken()
    {
        // A record of 92 bytes that are not compressed.
        byte[] record = [0, 92, 0, 0, 0, 92, 0, 0, .. RandomBytes.Of(92, 1)];
        using var http = new HubHttp(TimeProvider.System);
        await using var stub = new HttpStub(async (context, number) =>
        {
            context.Response.StatusCode = number == 1 ? 200 : 206;
            if (number > 1)
            {
                context.Response.AddHeader("Content-Range", "bytes 100-199/1000");
            }

            context.Response.ContentLength64 = record.Length;
            await context.Response.OutputStream.WriteAsync(record);
            context.Response.Close();
        });

        using var run = await new XorbFetches(http).FetchAsync(
            default, new FetchRange(stub.Url, 5, 6, 100, 199), default);

        Assert.That(stub.Requests, Has.Count.EqualTo(2));
        Assert.That(run.LengthOf(5), Is.EqualTo(92));
    }

    private Task<bool> FillAsync(Uri url, CallLimits limits, Memory<byte> body) => _http.SendAsync(
        new HubCall(HttpMethod.Get, url, limits),
        async response =>
        {
            await response.FillAsync(body);
            return true;
        },
        default);
}
