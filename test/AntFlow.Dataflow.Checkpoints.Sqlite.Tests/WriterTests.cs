using System.Globalization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>The line in front of the connection that writes.</summary>
public sealed class WriterTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [Test]
    public async Task Of_durable_transactions_that_come_together_each_one_is_durable_and_the_next_common_one_is_not()
    {
        const long normal = 1, full = 2;
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, new SqliteCheckpointOptions { Durability = SqliteDurability.Normal });
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        Task<long> first = store.Writer.InDurableTransactionAsync(
            database =>
            {
                inside.Set();
                goOn.Wait();
                return Ask(database);
            },
            CancellationToken.None);
        inside.Wait();
        Task<long>[] next = [.. Enumerable.Range(0, 3).Select(_ => store.Writer.InDurableTransactionAsync(Ask, CancellationToken.None))];
        Task<long> common = store.Writer.InTransactionAsync(Ask, CancellationToken.None);
        goOn.Set();

        (await first.InTime()).ShouldBe(full);
        (await Task.WhenAll(next).InTime()).ShouldAllBe(level => level == full);
        (await common.InTime()).ShouldBe(normal);
    }

    private static long Ask(Database database) => Convert.ToInt64(database.Ask("PRAGMA synchronous"), CultureInfo.InvariantCulture);
}
