using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

public sealed class WrongConnectionStrings
{
    [TestCase("nightly.db")]
    [TestCase("Hots=localhost;Password=secret")]
    [TestCase("Port=many;Password=secret")]
    public async Task What_cannot_be_read_is_refused_with_an_example_and_without_its_password(string connectionString)
    {
        ArgumentException error = await Should.ThrowAsync<ArgumentException>(async () => await PostgreSqlCheckpointStore.OpenAsync(connectionString));

        error.Message.ShouldStartWith("The connection string cannot be read: ");
        error.Message.ShouldContain("It must be pairs such as 'Host=localhost;Database=jobs;Username=antflow'.");
        error.Message.ShouldNotContain("secret");
    }

    [Test]
    public async Task A_server_that_is_not_there_is_named()
    {
        NpgsqlException error = await Should.ThrowAsync<NpgsqlException>(
            async () => await PostgreSqlCheckpointStore.OpenAsync("Host=127.0.0.1;Port=1;Database=jobs;Username=antflow;Password=secret"));

        error.Message.ShouldStartWith("The server '127.0.0.1:1' cannot be reached: ");
        error.Message.ShouldNotContain("secret");
    }
}
