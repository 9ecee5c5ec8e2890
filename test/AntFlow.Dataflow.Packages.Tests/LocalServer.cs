using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>An HTTP server on this machine: every page has three words, and /missing is not there.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _answering;

    public LocalServer()
    {
        _listener.Start();
        _answering = AnswerAllAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}/");

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _answering;
    }

    private async Task AnswerAllAsync()
    {
        while (true)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private static async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string request = await reader.ReadLineAsync() ?? string.Empty;
        while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
        {
            // The headers say nothing that matters here.
        }

        string answer = request.StartsWith("GET /missing ", StringComparison.Ordinal)
            ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\none two three";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
    }
}
