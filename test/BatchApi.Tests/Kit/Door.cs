using System.Net;
using System.Net.Sockets;

namespace BatchApi.Tests;

/// <summary>Stands between client and server: an answer passes when the test lets it. So a client can be killed at the worst moment: the work is done, and it has not heard of it.</summary>
internal sealed class Door : IAsyncDisposable
{
    private static readonly string[] _own = ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"];
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new();
    private readonly Uri _server;
    private readonly Task _serving;

    public Door(Uri server)
    {
        _server = server;
        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Endpoint = new Uri($"http://127.0.0.1:{port}/v1");
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where the client knocks.</summary>
    public Uri Endpoint { get; }

    /// <summary>Called with method, path and status of a call that the server has answered, before the client hears of it.</summary>
    public Func<string, string, int, Task> Answered { get; set; } = (_, _, _) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        _http.Dispose();
    }

    private async Task ServeAsync()
    {
        var calls = new List<Task>();
        try
        {
            while (true)
                calls.Add(PassAsync(await _listener.GetContextAsync()));
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }

        await Task.WhenAll(calls);
    }

    private async Task PassAsync(HttpListenerContext call)
    {
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(call.Request.HttpMethod), new Uri(_server, call.Request.RawUrl!));
            // To its end: whoever dies while he asks has not asked.
            using var body = new MemoryStream();
            await call.Request.InputStream.CopyToAsync(body);
            request.Content = new ByteArrayContent(body.ToArray());
            foreach (string name in call.Request.Headers.AllKeys.OfType<string>().Except(_own, StringComparer.OrdinalIgnoreCase))
            {
                if (!request.Headers.TryAddWithoutValidation(name, call.Request.Headers[name]))
                    request.Content.Headers.TryAddWithoutValidation(name, call.Request.Headers[name]);
            }

            using HttpResponseMessage answer = await _http.SendAsync(request);
            byte[] content = await answer.Content.ReadAsByteArrayAsync();
            await Answered(call.Request.HttpMethod, call.Request.Url!.AbsolutePath, (int)answer.StatusCode);
            call.Response.StatusCode = (int)answer.StatusCode;
            call.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.RetryAfter is { } wait)
                call.Response.Headers.Add("Retry-After", wait.ToString());
            await call.Response.OutputStream.WriteAsync(content);
            call.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nobody is there any more to hear it.
            call.Response.Abort();
        }
    }
}
