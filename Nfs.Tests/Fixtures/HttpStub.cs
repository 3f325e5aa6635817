using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nfs.Tests.Fixtures;

/// <summary>A server on a free port of loopback that answers as a test says, and remembers what it was asked.</summary>
internal sealed class HttpStub : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<HttpListenerContext, int, Task> _answer;
    private readonly Task _loop;
    private readonly ConcurrentBag<Task> _answers = [];
    private int _count;

    /// <summary>Calls <paramref name="answer"/> with each request and its number, from 1 on.</summary>
    public HttpStub(Func<HttpListenerContext, int, Task> answer)
    {
        _answer = answer;
        (_listener, Url) = Listen();
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Its address, with a slash at the end.</summary>
    public Uri Url { get; }

    /// <summary>Requests so far: method, path with query, and Authorization, parted by spaces.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers with a status and a text.</summary>
    public static async Task SayAsync(HttpListenerContext context, int status, string text = "{}")
    {
        context.Response.StatusCode = status;
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
        context.Response.Close();
    }

    /// <summary>Announces more than it sends, and breaks the connection.</summary>
    public static async Task BreakAsync(HttpListenerContext context)
    {
        context.Response.ContentLength64 = 100;
        await context.Response.OutputStream.WriteAsync("{\"a\":"u8.ToArray());
        await context.Response.OutputStream.FlushAsync();
        context.Response.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        await Task.WhenAll(_answers);
    }

    private static (HttpListener Listener, Uri Url) Listen()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            var listener = new HttpListener { Prefixes = { url } };
            try
            {
                listener.Start();
                return (listener, new Uri(url));
            }
            catch (HttpListenerException)
            {
                // Somebody else took the port in between.
            }
        }
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var request = context.Request;
            Requests.Enqueue($"{request.HttpMethod} {request.RawUrl} {request.Headers["Authorization"]}".TrimEnd());
            _answers.Add(AnswerAsync(context, Interlocked.Increment(ref _count)));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, int number)
    {
        try
        {
            await _answer(context, number);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException
            or IOException)
        {
            // The client has gone, or the stub is being closed.
        }
    }
}
