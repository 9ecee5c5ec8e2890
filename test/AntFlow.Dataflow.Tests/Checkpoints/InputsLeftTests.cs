using System.Text;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Inputs that were written for items that were not accepted, because their feed call was canceled in between.</summary>
public sealed class InputsLeftTests
{
    private static readonly CheckpointOptions _options = new() { PersistInput = true };

    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task The_next_item_with_the_id_takes_the_place_of_the_one_that_was_not_accepted()
    {
        await using PipelineRun<string, string> run = await StartAsync();
        string left = await FeedUntilTheWindowIsFullAsync(run);

        await FeedAndReadAsync(run, new WorkItem<string>("again") { Id = left, Priority = 7, Metadata = { ["tenant"] = "b" } });

        (await run.Completion.InTime()).Fault.ShouldBeNull();
        List<StoredItem> rows = await _store.ReadItemsAsync("nightly").ToListAsync();
        rows.Select(row => row.Id).ShouldBeUnique();
        StoredItem row = rows.Single(row => row.Id == $"s:{left}");
        (row.State, row.Priority).ShouldBe((StoredItemState.Succeeded, 7));
        _results[left].ShouldBe("again");
    }

    [Test]
    public async Task It_takes_its_place_also_when_another_call_was_canceled_in_between_that_wrote_nothing()
    {
        var serializer = new Refusing();
        await using PipelineRun<string, string> run = await StartAsync(serializer: serializer);
        string left = await FeedUntilTheWindowIsFullAsync(run);
        using var stop = new CancellationTokenSource();
        Task second = run.FeedAsync([new WorkItem<string>("refused") { Id = left }], cancellationToken: stop.Token);
        await serializer.HasRefused.Task.InTime();
        await stop.CancelAsync();
        await second.CatchAsync<FeedCanceledException>().InTime();

        await FeedAndReadAsync(run, new WorkItem<string>("again") { Id = left });

        (await run.Completion.InTime()).Fault.ShouldBeNull();
        List<StoredItem> rows = await _store.ReadItemsAsync("nightly").ToListAsync();
        rows.Select(row => row.Id).ShouldBeUnique();
        _results[left].ShouldBe("again");
    }

    [Test]
    public async Task A_run_that_has_rows_of_earlier_starts_goes_on_with_the_item_as_it_is_fed_now()
    {
        await using (PipelineRun<string, string> first = await StartAsync(new RunOptions { RunId = "nightly" }))
        {
            await first.FeedAsync(["earlier"]);
            first.Complete();
            await first.Completion.InTime();
        }

        await using PipelineRun<string, string> run = await StartAsync();
        string left = await FeedUntilTheWindowIsFullAsync(run);

        await FeedAndReadAsync(run, new WorkItem<string>("again") { Id = left });

        PipelineReport<string> report = await run.Completion.InTime();
        (report.Fault, report.NotFedCount, report.ResumedCount).ShouldBe((null, 1, 0));
        _results[left].ShouldBe("again");
    }

    [Test]
    public async Task An_item_that_is_never_fed_again_comes_back_at_the_next_start()
    {
        string left;
        await using (PipelineRun<string, string> run = await StartAsync())
        {
            left = await FeedUntilTheWindowIsFullAsync(run);
            run.Complete();
            await foreach (PipelineResult<string> result in run.ReadResultsAsync())
                result.ItemId.ShouldNotBe(left);
        }

        await using PipelineRun<string, string> next = await StartAsync(new RunOptions { RunId = "nightly" });
        next.Complete();

        (await next.Completion.InTime()).Results.Single(result => result.ItemId == left).Value.ShouldBe(left);
    }

    private readonly Dictionary<string, string> _results = [];

    /// <summary>Feeds items until one waits for the reader of the results with its input written, and cancels its call.</summary>
    /// <returns>The id of that item.</returns>
    private async Task<string> FeedUntilTheWindowIsFullAsync(PipelineRun<string, string> run)
    {
        using var stop = new CancellationTokenSource();
        for (int number = 0; ; number++)
        {
            Task feeding = run.FeedAsync([$"i{number}"], cancellationToken: stop.Token);
            // It is not accepted as long as nothing reads, but its input is written.
            await Waiting.UntilAsync(() => feeding.IsCompleted || (run.GetSnapshot() is { Succeeded: > 0, Fed: var fed } && fed == number && HasRow($"s:i{number}")));
            if (feeding.IsCompleted)
                continue;
            await stop.CancelAsync();
            await feeding.CatchAsync<FeedCanceledException>().InTime();
            return $"i{number}";
        }
    }

    private bool HasRow(string id) => _store.ReadItemsAsync("nightly").ToBlockingEnumerable().Any(row => row.Id == id);

    private async Task FeedAndReadAsync(PipelineRun<string, string> run, WorkItem<string> item)
    {
        Task again = Task.Run(async () =>
        {
            await run.FeedAsync([item]);
            run.Complete();
        });
        await foreach (PipelineResult<string> result in run.ReadResultsAsync())
            _results[result.ItemId.ToString()] = result.Value ?? result.Error!.Message;
        await again.InTime();
    }

    private async Task<PipelineRun<string, string>> StartAsync(RunOptions? options = null, IPayloadSerializer? serializer = null)
    {
        PipelineRun<string, string> run = PipelineBuilder
            .Stage<string, string>("A", item => item)
            .IdentifyBy(item => item)
            .WithCheckpoints(_store, serializer ?? new Refusing(), _options)
            .Build()
            .Start(options ?? new RunOptions { RunId = "nightly", OrderResults = true, ResultCapacity = 1, CollectResults = false });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    /// <summary>A serializer of texts that has one it does not write.</summary>
    private sealed class Refusing : IPayloadSerializer
    {
        public TaskCompletionSource HasRefused { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ReadOnlyMemory<byte> Serialize<T>(T value)
        {
            if (value is not "refused")
                return Encoding.UTF8.GetBytes((string)(object)value!);
            HasRefused.TrySetResult();
            throw new NotSupportedException("It is refused.");
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => (T)(object)Encoding.UTF8.GetString(bytes.Span);

        public string Describe<T>() => typeof(T).Name;
    }
}
