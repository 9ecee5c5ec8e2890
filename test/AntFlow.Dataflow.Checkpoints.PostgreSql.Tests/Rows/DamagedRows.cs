using System.Collections.Concurrent;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Rows;

/// <summary>What a disk, or a hand, has changed in a row is not there for the next life: it runs that item again, and never takes a wrong value for a right one.</summary>
public sealed class DamagedRows
{
    private const string Whole = "whole";
    private static readonly RunOptions _nightly = new() { RunId = "nightly" };

    /// <summary>A changed column for each item of that name.</summary>
    private static readonly string[] _damages =
    [
        "items.sequence", "items.entry_stage", "items.stage", "items.state", "items.priority", "items.metadata", "items.task", "items.attempts", "items.crashes", "items.crash_epoch",
        "items.next_attempt_at", "items.backoff", "items.error", "items.stored_at", "items.checksum",
        "steps.value", "steps.chunks", "steps.attempts", "steps.is_skipped", "steps.is_told", "steps.finished_at", "steps.checksum",
        "chunks.data", "chunks.checksum",
    ];

    private readonly ConcurrentQueue<string> _calls = new();
    private bool _isFirstLife = true;

    [Test]
    public async Task An_item_of_which_one_column_was_changed_runs_again_and_ends_as_it_should()
    {
        await using TestStore tables = await TestStore.OpenAsync();
        string[] items = [Whole, "chunks.none", .. _damages];
        (await Make(tables.Store).RunAsync(items, _nightly).InTime()).FailedCount.ShouldBe(items.Length);
        foreach (string damage in _damages)
            (await DamageAsync(tables, damage)).ShouldBe(1, damage);
        _isFirstLife = false;
        _calls.Clear();

        PipelineReport<string> report = await Make(await tables.OpenAgainAsync()).RunAsync(items, _nightly).InTime();

        report.Results.Select(result => result.Value).ShouldBe(items.Select(item => ValueOf(item) + "b"));
        _calls.Where(call => call.StartsWith('A')).Select(call => call[2..]).ShouldBe(_damages, ignoreOrder: true);
        _calls.Count(call => call.StartsWith('B')).ShouldBe(items.Length);
    }

    // Those whose chunks are damaged have some: more than a row takes.
    private static string ValueOf(string item) => item + (item.StartsWith("chunks", StringComparison.Ordinal) ? new string('x', 300_000) : string.Empty) + "a";

    private static async Task<int> DamageAsync(TestStore tables, string damage)
    {
        string table = damage.Split('.')[0], column = damage.Split('.')[1];
        string type = await tables.AskAsync<string>(
            $"SELECT data_type FROM information_schema.columns WHERE table_schema = '{tables.Schema}' AND table_name = '{table}' AND column_name = '{column}'");
        string changed = type switch
        {
            "bytea" => $"CASE WHEN length({column}) = 0 THEN '\\x01'::bytea ELSE set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1) END",
            "boolean" => $"NOT {column}",
            _ => $"coalesce({column}, 0) # 1",
        };
        string where = table == "items" ? $"id = 's:{damage}'" : $"stage = 0 AND item = (SELECT key FROM items WHERE id = 's:{damage}')";
        return await tables.ChangeAsync($"UPDATE {table} SET {column} = {changed} WHERE {where}{(table == "chunks" ? " AND index = 0" : string.Empty)}");
    }

    private Pipeline<string, string> Make(ICheckpointStore store) => PipelineBuilder
        .Stage<string, string>("A", item =>
        {
            _calls.Enqueue($"A {item}");
            return ValueOf(item);
        }, workers: 4)
        .Then("B", value =>
        {
            _calls.Enqueue($"B {value}");
            return _isFirstLife ? throw new InvalidOperationException("not yet") : value + "b";
        }, workers: 4, s => s.Retry = RetryPolicy.None)
        .IdentifyBy(item => item)
        .WithCheckpoints(store, new CheckpointOptions { ResumeFailed = true })
        .Build();
}
