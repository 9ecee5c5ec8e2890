using AntFlow.Dataflow.TestKit;
using NUnit.Framework;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests;

/// <summary>The server of all tests that leave it running. Every test has a schema of its own in it.</summary>
[SetUpFixture]
public sealed class SharedServer
{
    private static PostgreSqlServer? _server;

    /// <summary>Where it is. The test that asks is skipped if there is none.</summary>
    public static string ConnectionString
    {
        get
        {
            PostgreSqlServer.SkipIfMissing();
            return _server!.ConnectionString;
        }
    }

    [OneTimeSetUp]
    public static async Task Start()
    {
        if (PostgreSqlServer.MissingBecause() is null)
            _server = await PostgreSqlServer.StartAsync();
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
