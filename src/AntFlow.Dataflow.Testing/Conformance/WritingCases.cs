using System.Runtime.CompilerServices;
using System.Text;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Batches are written completely or not at all, and every value comes back unchanged.</summary>
internal sealed class WritingCases(OpenedFixture opened)
{
    private static readonly DateTimeOffset _toTheTick = new(638_712_345_678_901_237, TimeSpan.Zero);

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.Items_come_back_as_they_were_written()),
        Case(c => c.An_item_that_is_written_again_is_as_it_was_written_last()),
        Case(c => c.Steps_come_back_as_they_were_written()),
        Case(c => c.Chunks_and_onces_come_back_as_they_were_written()),
        Case(c => c.Every_entry_replaces_the_one_of_the_same_key()),
        Case(c => c.What_was_set_may_be_taken_back()),
        Case(c => c.A_batch_may_be_written_again()),
        Case(c => c.A_batch_without_a_description_leaves_it_as_it_is()),
        Case(c => c.A_batch_may_be_large()),
        Case(c => c.The_memory_of_a_batch_is_the_writers_again_once_it_is_written()),
        Case(c => c.A_writing_that_was_canceled_before_writes_nothing()),
        Case(c => c.A_reader_sees_what_a_batch_says_of_an_item_as_a_whole_or_not_at_all()),
    ];

    private ICheckpointStore Store => opened.Store;

    private static StoredItem Full(ICheckpointRun run) => new()
    {
        Key = Rows.Key(run, uint.MaxValue),
        Id = "s:it's \"quoted\" \\ %_ \t\n ☾ 🌙",
        Sequence = long.MaxValue,
        EntryStageIndex = 3,
        StageIndex = 7,
        ValueStageIndex = 4,
        State = StoredItemState.Failed,
        Priority = int.MaxValue,
        Metadata = Rows.Bytes(300),
        TaskIndex = 2,
        Attempts = int.MaxValue,
        Crashes = 4,
        MaxConcurrentSuspects = int.MaxValue,
        LoneCrashes = int.MaxValue - 1,
        CrashEpoch = long.MaxValue,
        NextAttemptAt = _toTheTick,
        Backoff = TimeSpan.MaxValue,
        Error = Rows.Bytes(70_000),
        StoredAt = _toTheTick.AddTicks(1),
        Checksum = uint.MaxValue,
    };

    private static StoredItem[] ItemsOf(ICheckpointRun run) =>
    [
        new StoredItem { Key = Rows.Key(run, 0), Id = "s:" },
        new StoredItem { Key = Rows.Key(run, 1), Id = "n:1", Priority = int.MinValue, Sequence = long.MinValue, Backoff = TimeSpan.MinValue, Checksum = 0x8000_0000 },
        new StoredItem { Key = Rows.Key(run, 2), Id = "n:2", NextAttemptAt = DateTimeOffset.MinValue, StoredAt = DateTimeOffset.MaxValue, State = StoredItemState.Succeeded },
        new StoredItem { Key = Rows.Key(run, 3), Id = "n:3", NextAttemptAt = _toTheTick.ToOffset(TimeSpan.FromHours(5.5)), Backoff = TimeSpan.FromTicks(1) },
        new StoredItem { Key = Rows.Key(run, 4), Id = "s:" + new string('y', StartMark.MaxIdBytes - 2) },
        new StoredItem { Key = Rows.Key(run, 5), Id = "s:" + new string('☾', (StartMark.MaxIdBytes - 2) / Encoding.UTF8.GetByteCount("☾")) },
        new StoredItem { Key = Rows.Key(run, 6), Id = "n:6", MaxConcurrentSuspects = 1 },
        new StoredItem { Key = Rows.Key(run, 7), Id = "n:7", LoneCrashes = 1, State = StoredItemState.Canceled },
        new StoredItem { Key = Rows.Key(run, 8), Id = "n:8", ValueStageIndex = 0, State = StoredItemState.Filtered },
        new StoredItem { Key = Rows.Key(run, 9), Id = "n:9", ValueStageIndex = -1, StageIndex = int.MaxValue },
        new StoredItem { Key = Rows.Key(run, 10), Id = "n:10", ValueStageIndex = -2 },
        new StoredItem { Key = Rows.Key(run, 11), Id = "n:11", ValueStageIndex = int.MaxValue },
        Full(run),
    ];

    public async Task Items_come_back_as_they_were_written()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = ItemsOf(run);
        await run.WriteAsync(new CheckpointBatch { Items = items });

        foreach (StoredItem item in items)
            (await run.FindItemAsync(item.Id)).ShouldBeStoredAs(item);
        List<StoredItem> read = await run.ReadItemsAsync().ToListAsync();
        read.Count.ShouldBe(items.Length);
        for (int index = 0; index < items.Length; index++)
            read[index].ShouldBeStoredAs(items[index]);
    }

    public async Task An_item_that_is_written_again_is_as_it_was_written_last()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem full = Full(run);
        StoredItem bare = new() { Key = full.Key, Id = full.Id };

        foreach (StoredItem next in (StoredItem[])[bare, full, bare])
        {
            await run.WriteAsync(new CheckpointBatch { Items = [next] });
            (await run.FindItemAsync(full.Id)).ShouldBeStoredAs(next);
        }
    }

    public async Task Steps_come_back_as_they_were_written()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0, stage: 3);
        StoredStep[] steps =
        [
            new() { Item = item.Key, StageIndex = -1 },
            new() { Item = item.Key, StageIndex = 0, Chunks = int.MaxValue, Attempts = int.MaxValue, IsSkipped = true, FinishedAt = DateTimeOffset.MaxValue, Checksum = uint.MaxValue },
            new() { Item = item.Key, StageIndex = 2, Value = Rows.Bytes(262_144), IsNotified = true, FinishedAt = _toTheTick, Format = int.MaxValue, Checksum = 1 },
            new() { Item = item.Key, StageIndex = 1_000, Value = Rows.Bytes(1), FinishedAt = _toTheTick.ToOffset(TimeSpan.FromHours(-8)) },
        ];
        await run.WriteAsync(new CheckpointBatch { Items = [item], Steps = steps });

        foreach (StoredStep step in steps)
            (await run.FindStepAsync(step.Item, step.StageIndex)).ShouldBeStoredAs(step);
        (await run.FindItemAsync(item.Id)).ShouldNotBeNull().LastStep.ShouldBeStoredAs(steps[2]);
        (await run.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem().LastStep.ShouldBeStoredAs(steps[2]);
        List<StoredStep> read = await Store.ReadStepsAsync("run", item.Id).ToListAsync();
        read.Count.ShouldBe(steps.Length);
        for (int index = 0; index < steps.Length; index++)
            read[index].ShouldBeStoredAs(steps[index]);
    }

    public async Task Chunks_and_onces_come_back_as_they_were_written()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0);
        StoredChunk[] chunks =
        [
            new() { Item = item.Key, StageIndex = -1, Index = 0, Data = Rows.Bytes(262_144), Checksum = uint.MaxValue },
            new() { Item = item.Key, StageIndex = -1, Index = 1 },
        ];
        StoredOnce[] onces =
        [
            new() { Item = item.Key, Stage = "A", Key = "", State = StoredOnceState.Begun, Format = 2 },
            new()
            {
                Item = item.Key,
                Stage = "Stage \"☾\"; --",
                Key = "it's \"quoted\" ☾",
                Generation = int.MaxValue,
                State = StoredOnceState.Answered,
                Answer = Rows.Bytes(70_000),
                StoredAt = _toTheTick,
                Contract = uint.MaxValue - 1,
                Format = int.MaxValue,
                Checksum = uint.MaxValue,
            },
        ];
        await run.WriteAsync(new CheckpointBatch { Items = [item], Chunks = chunks, Onces = onces });

        IReadOnlyList<StoredChunk> readChunks = await run.ReadChunksAsync(item.Key, -1);
        readChunks.Count.ShouldBe(2);
        for (int index = 0; index < chunks.Length; index++)
            readChunks[index].ShouldBeStoredAs(chunks[index]);
        IReadOnlyList<StoredOnce> readOnces = await run.ReadOncesAsync(item.Key);
        readOnces.Count.ShouldBe(2);
        foreach (StoredOnce once in onces)
            readOnces.Single(read => read.Key == once.Key).ShouldBeStoredAs(once);
    }

    public async Task Every_entry_replaces_the_one_of_the_same_key()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0);
        await run.WriteAsync(BatchOf(item, "old", 1));
        StoredItem changed = Full(run) with { Key = item.Key, Id = item.Id, StageIndex = 0 };
        await run.WriteAsync(BatchOf(changed, "new", 2));

        (await run.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem().ShouldBeStoredAs(changed);
        Rows.TextOf((await Store.ReadStepsAsync("run", item.Id).ToListAsync()).ShouldHaveSingleItem()).ShouldBe("new");
        (await run.ReadChunksAsync(item.Key, -1)).ShouldHaveSingleItem().Data.ToArray().ShouldBe([2]);
        (await run.ReadOncesAsync(item.Key)).ShouldHaveSingleItem().Generation.ShouldBe(2);
    }

    public async Task What_was_set_may_be_taken_back()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Full(run) with { StageIndex = 0 };
        await run.WriteAsync(BatchOf(item, "value", 1));
        var bare = new StoredItem { Key = item.Key, Id = item.Id };
        var empty = new StoredStep { Item = item.Key, StageIndex = -1, Chunks = 2 };
        await run.WriteAsync(new CheckpointBatch { Items = [bare], Steps = [empty] });

        StoredItem? found = await run.FindItemAsync(item.Id);

        found.ShouldBeStoredAs(bare);
        found!.LastStep.ShouldBeStoredAs(empty);
    }

    public async Task A_batch_may_be_written_again()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Full(run) with { StageIndex = 0 };
        CheckpointBatch batch = BatchOf(item, "value", 5);

        await run.WriteAsync(batch);
        await run.WriteAsync(batch);

        (await run.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem().ShouldBeStoredAs(item);
        Rows.TextOf((await Store.ReadStepsAsync("run", item.Id).ToListAsync()).ShouldHaveSingleItem()).ShouldBe("value");
        (await run.ReadChunksAsync(item.Key, -1)).ShouldHaveSingleItem().Data.ToArray().ShouldBe([5]);
        (await run.ReadOncesAsync(item.Key)).ShouldHaveSingleItem().Generation.ShouldBe(5);
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Unfinished.ShouldBe(0);
    }

    public async Task A_batch_without_a_description_leaves_it_as_it_is()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Description = "Fetch > Parse ☾" });
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
        await run.WriteAsync(new CheckpointBatch());

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Description.ShouldBe("Fetch > Parse ☾");
    }

    public async Task A_batch_may_be_large()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = [.. Enumerable.Range(0, 3000).Select(number => Rows.Item(run, number, stage: 1))];
        await run.WriteAsync(new CheckpointBatch
        {
            Items = items,
            Steps = [.. items.Select(item => Rows.Step(item, 0, item.Id))],
            Chunks = [.. Enumerable.Range(0, 40).Select(index => Rows.Chunk(items[0], 1, index, Rows.Bytes(262_144)))],
        });

        (await run.ReadItemsAsync().ToListAsync()).Count(item => Rows.TextOf(item.LastStep) == item.Id).ShouldBe(3000);
        (await run.ReadChunksAsync(items[0].Key, 1)).Sum(chunk => chunk.Data.Length).ShouldBe(40 * 262_144);
    }

    public async Task The_memory_of_a_batch_is_the_writers_again_once_it_is_written()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        byte[] pooled = [1, 2, 3];
        StoredItem item = Rows.Item(run, 0) with { Metadata = pooled, Error = pooled };
        await run.WriteAsync(new CheckpointBatch
        {
            Items = [item],
            Steps = [Rows.Step(item, -1) with { Value = pooled }],
            Chunks = [Rows.Chunk(item, -1, 0) with { Data = pooled }],
            Onces = [Rows.Once(item, "A", "pay") with { Answer = pooled }],
        });
        pooled.AsSpan().Fill(99);

        StoredItem found = (await run.FindItemAsync(item.Id)).ShouldNotBeNull();

        found.Metadata.ToArray().ShouldBe([1, 2, 3]);
        found.Error.ToArray().ShouldBe([1, 2, 3]);
        found.LastStep.ShouldNotBeNull().Value.ToArray().ShouldBe([1, 2, 3]);
        (await run.ReadChunksAsync(item.Key, -1)).ShouldHaveSingleItem().Data.ToArray().ShouldBe([1, 2, 3]);
        (await run.ReadOncesAsync(item.Key)).ShouldHaveSingleItem().Answer.ToArray().ShouldBe([1, 2, 3]);
    }

    public async Task A_writing_that_was_canceled_before_writes_nothing()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<OperationCanceledException>(async () =>
            await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }, new CancellationToken(canceled: true)));

        (await run.ReadItemsAsync().ToListAsync()).ShouldBeEmpty();
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
    }

    public async Task A_reader_sees_what_a_batch_says_of_an_item_as_a_whole_or_not_at_all()
    {
        const int Stages = 60;
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        Task writing = Task.Run(async () =>
        {
            for (int stage = 0; stage <= Stages; stage++)
            {
                StoredItem[] items = [Rows.Item(run, 0, stage: stage), Rows.Item(run, 1, stage: stage)];
                await run.WriteAsync(new CheckpointBatch { Items = items, Steps = [.. items.Select(item => Rows.Step(item, stage - 1, $"{stage}"))] });
            }
        }).InTime("the batches are written");

        List<StoredItem> read;
        do
        {
            read = await Store.ReadItemsAsync("run").ToListAsync();
            read.ShouldAllBe(item => Rows.TextOf(item.LastStep) == $"{item.StageIndex}");
            if (await run.FindItemAsync("n:1") is { } found)
                Rows.TextOf(found.LastStep).ShouldBe($"{found.StageIndex}");
        }
        while (!writing.IsCompleted);

        await writing;
    }

    private static CheckpointBatch BatchOf(StoredItem item, string value, byte mark) => new()
    {
        Items = [item],
        Steps = [Rows.Step(item, -1, value)],
        Chunks = [Rows.Chunk(item, -1, 0, mark)],
        Onces = [Rows.Once(item, "A", "pay") with { Generation = mark }],
    };

    private static ConformanceCase Case(Func<WritingCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Writing", opened => run(new WritingCases(opened)), call);
}
