using NUnit.Framework;

namespace AntFlow.Dataflow.TestKit;

/// <summary>Tests with a PostgreSQL server of their own, which they may stop where it stands.</summary>
public abstract class OwnServerTests
{
    private PostgreSqlServer? _server;

    /// <summary>The server of the test that runs.</summary>
    protected PostgreSqlServer Server => _server ?? throw new InvalidOperationException("The server was not started.");

    [SetUp]
    public async Task StartServer()
    {
        PostgreSqlServer.SkipIfMissing();
        _server = await PostgreSqlServer.StartAsync();
    }

    [TearDown]
    public async Task StopServer()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
