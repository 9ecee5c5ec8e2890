using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Written rows are found, in order, also while more are written.</summary>
internal sealed class ReadingCases(OpenedFixture opened)
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.An_item_is_found_by_its_id_in_its_run_alone()),
        Case(c => c.Ids_are_told_apart_to_the_letter("s:a", "s:A")),
        Case(c => c.Ids_are_told_apart_to_the_letter("s:a", "s:a ")),
        Case(c => c.Ids_are_told_apart_to_the_letter("s:\u00e9", "s:e\u0301")),
        Case(c => c.Ids_are_told_apart_to_the_letter("s:1", "s:01")),
        Case(c => c.Texts_that_are_no_proper_ones_come_back_as_they_were()),
        Case(c => c.An_item_comes_with_what_the_stage_before_ended_with()),
        Case(c => c.An_item_that_names_another_stage_comes_with_what_that_one_ended_with()),
        Case(c => c.An_item_that_names_an_unknown_stage_or_one_without_a_step_comes_without_a_step()),
        Case(c => c.An_item_is_found_without_owning_its_run()),
        Case(c => c.An_item_comes_without_what_is_not_stored()),
        Case(c => c.Items_come_in_the_order_of_their_keys_over_all_openings()),
        Case(c => c.Of_what_is_unknown_there_is_nothing_to_read()),
        Case(c => c.Steps_come_in_the_order_of_the_stages_and_the_input_first()),
        Case(c => c.Chunks_come_in_their_order()),
        Case(c => c.Chunks_may_be_written_before_their_item()),
        Case(c => c.Onces_are_those_of_the_item()),
        Case(c => c.The_items_that_were_there_are_read_while_more_is_written()),
        Case(c => c.Another_store_reads_while_the_run_is_owned()),
        Case(c => c.Reading_may_be_left_early_and_begun_again()),
        Case(c => c.Reading_is_canceled()),
        Case(c => c.Many_read_at_once()),
    ];

    private ICheckpointStore Store => opened.Store;

    public async Task An_item_is_found_by_its_id_in_its_run_alone()
    {
        await opened.StoreAsync("other", "s:theirs", "s:both");
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem mine = Rows.Item(run, 0, "s:both");
        await run.WriteAsync(new CheckpointBatch { Items = [mine] });

        (await run.FindItemAsync("s:theirs")).ShouldBeNull();
        (await run.FindItemAsync("s:unknown")).ShouldBeNull();
        (await run.FindItemAsync("s:both")).ShouldNotBeNull().Key.ShouldBe(mine.Key);
    }

    public async Task Ids_are_told_apart_to_the_letter(string first, string second)
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0, first), Rows.Item(run, 1, second)] });

        (await run.FindItemAsync(first)).ShouldNotBeNull().Sequence.ShouldBe(0);
        (await run.FindItemAsync(second)).ShouldNotBeNull().Sequence.ShouldBe(1);
    }

    // An attribute cannot hold half a surrogate pair.
    private static readonly string[] _odd = ["s:\0", "s:a\0b", "s:\uD83D", "s:\uDE00", "s:\uFFFD", "s:\\", "s:\\0", "s:\\uD83D"];

    public async Task Texts_that_are_no_proper_ones_come_back_as_they_were()
    {
        await opened.CrashInAsync("odd", async dead =>
        {
            for (int slot = 0; slot < _odd.Length; slot++)
                await dead.MarkStartedAsync(slot, slot, _odd[slot]);
        });
        await using ICheckpointRun run = await Store.OpenRunAsync("odd");
        run.Interrupted.OrderBy(mark => mark.StageIndex).Select(mark => mark.Id).ShouldBe(_odd);
        await run.WriteAsync(new CheckpointBatch
        {
            Items = [.. _odd.Select((id, number) => Rows.Item(run, number, id))],
            Onces = [.. _odd.Select(key => Rows.Once(Rows.Item(run, 0), "Pay", key))],
        });

        (await run.ReadItemsAsync().ToListAsync()).Select(item => item.Id).ShouldBe(_odd);
        for (int number = 0; number < _odd.Length; number++)
        {
            StoredItem found = (await run.FindItemAsync(_odd[number])).ShouldNotBeNull();
            (found.Id, found.Sequence).ShouldBe((_odd[number], number));
        }

        (await run.ReadOncesAsync(Rows.Key(run, 0))).Select(once => once.Key).ShouldBe(_odd, ignoreOrder: true);
    }

    public async Task An_item_comes_with_what_the_stage_before_ended_with()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = [.. Enumerable.Range(0, 4).Select(stage => Rows.Item(run, stage, stage: stage))];
        await WriteWithAllStepsAsync(run, items);

        List<StoredItem> read = await run.ReadItemsAsync().ToListAsync();

        read.Select(item => Rows.TextOf(item.LastStep)).ShouldBe(["n:0 after -1", "n:1 after 0", "n:2 after 1", "n:3 after 2"]);
        foreach (StoredItem item in items)
            Rows.TextOf((await run.FindItemAsync(item.Id))?.LastStep).ShouldBe($"{item.Id} after {item.StageIndex - 1}");
    }

    public async Task An_item_that_names_another_stage_comes_with_what_that_one_ended_with()
    {
        (int Stage, int? Named, int Step)[] cases = [(5, 1, 1), (3, 0, 0), (2, -1, -1), (2, 1, 1), (0, 4, 4), (4, null, 3)];
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = [.. cases.Select((named, number) => Rows.Item(run, number, stage: named.Stage) with { ValueStageIndex = named.Named })];
        await WriteWithAllStepsAsync(run, items);
        await ShouldComeWithAsync(cases.Select(named => named.Step));

        // What an item names changes on its way, back to the stage before, too.
        StoredItem[] changed = [.. items.Select(item => item with { ValueStageIndex = item.ValueStageIndex is null ? 0 : null })];
        await run.WriteAsync(new CheckpointBatch { Items = changed });
        await ShouldComeWithAsync(cases.Select(named => named.Named is null ? 0 : named.Stage - 1));

        async Task ShouldComeWithAsync(IEnumerable<int> steps)
        {
            string[] expected = [.. steps.Select((step, number) => $"n:{number} after {step}")];
            (await run.ReadItemsAsync().ToListAsync()).Select(item => Rows.TextOf(item.LastStep)).ShouldBe(expected);
            (await Store.ReadItemsAsync("run").ToListAsync()).Select(item => Rows.TextOf(item.LastStep)).ShouldBe(expected);
            for (int number = 0; number < expected.Length; number++)
            {
                Rows.TextOf((await run.FindItemAsync($"n:{number}"))?.LastStep).ShouldBe(expected[number]);
                Rows.TextOf((await Store.FindItemAsync("run", $"n:{number}"))?.LastStep).ShouldBe(expected[number]);
            }
        }
    }

    public async Task An_item_that_names_an_unknown_stage_or_one_without_a_step_comes_without_a_step()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = [Rows.Item(run, 0, stage: 3) with { ValueStageIndex = -2 }, Rows.Item(run, 1, stage: 3) with { ValueStageIndex = 77 }];
        await WriteWithAllStepsAsync(run, items);

        foreach (StoredItem item in items)
        {
            StoredItem? found = await run.FindItemAsync(item.Id);
            found.ShouldBeStoredAs(item);
            found!.LastStep.ShouldBeNull();
        }

        List<StoredItem> read = await run.ReadItemsAsync().ToListAsync();
        read.Select(item => item.ValueStageIndex).ShouldBe([-2, 77]);
        read.ShouldAllBe(item => item.LastStep == null);
    }

    public async Task An_item_is_found_without_owning_its_run()
    {
        ICheckpointStore inspector = await opened.OpenAnotherStoreAsync();
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0, "s:it's ☾", stage: 1) with { MaxConcurrentSuspects = 3, Error = Rows.Bytes(7) };
        await run.WriteAsync(new CheckpointBatch { Items = [item], Steps = [Rows.Step(item, 0, "out")] });

        StoredItem? found = await inspector.FindItemAsync("run", item.Id);

        found.ShouldBeStoredAs(item);
        Rows.TextOf(found?.LastStep).ShouldBe("out");
    }

    public async Task An_item_comes_without_what_is_not_stored()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0, stage: 2);
        await run.WriteAsync(new CheckpointBatch
        {
            Items = [item with { LastStep = Rows.Step(item, 1, "no part of what is written") }],
            Steps = [Rows.Step(item, 0), Rows.Step(item, 2)],
        });

        (await run.FindItemAsync(item.Id)).ShouldNotBeNull().LastStep.ShouldBeNull();
        (await run.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem().LastStep.ShouldBeNull();
    }

    public async Task Items_come_in_the_order_of_their_keys_over_all_openings()
    {
        int[] shuffled = [5, 0, 3, 1, 4, 2];
        for (int opening = 0; opening < 3; opening++)
        {
            await opened.WithRunAsync("run", async run => await run.WriteAsync(new CheckpointBatch
            {
                Items = [.. shuffled.Select(number => Rows.Item(run, number, $"{(char)('z' - opening)}:{9 - number}"))],
            }));
            await opened.StoreAsync("other", $"s:{opening}");
        }

        await using ICheckpointRun again = await Store.OpenRunAsync("run");

        List<StoredItem> read = await again.ReadItemsAsync().ToListAsync();
        read.Count.ShouldBe(18);
        read.Select(item => item.Key).ShouldBeInOrder();
        (await Store.ReadItemsAsync("run").ToListAsync()).Select(item => item.Key).ShouldBe(read.Select(item => item.Key));
    }

    public async Task Of_what_is_unknown_there_is_nothing_to_read()
    {
        await opened.StoreAsync("run", "s:x");
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        (await Store.ReadItemsAsync("unknown").ToListAsync()).ShouldBeEmpty();
        (await Store.ReadStepsAsync("unknown", "s:x").ToListAsync()).ShouldBeEmpty();
        (await Store.FindItemAsync("unknown", "s:x")).ShouldBeNull();
        (await Store.FindItemAsync("run", "s:unknown")).ShouldBeNull();
        (await Store.ReadStepsAsync("run", "s:unknown").ToListAsync()).ShouldBeEmpty();
        (await Store.ReadStepsAsync("run", "s:x").ToListAsync()).ShouldBeEmpty();
        (await run.FindStepAsync(1, 0)).ShouldBeNull();
        (await run.ReadChunksAsync(1, 0)).ShouldBeEmpty();
        (await run.ReadOncesAsync(1)).ShouldBeEmpty();
    }

    public async Task Steps_come_in_the_order_of_the_stages_and_the_input_first()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0), other = Rows.Item(run, 1);
        foreach (int stage in (int[])[10, -1, 2, 0])
            await run.WriteAsync(new CheckpointBatch { Items = [item, other], Steps = [Rows.Step(item, stage, $"{stage}"), Rows.Step(other, stage, "other")] });

        List<StoredStep> steps = await Store.ReadStepsAsync("run", item.Id).ToListAsync();

        steps.Select(Rows.TextOf).ShouldBe(["-1", "0", "2", "10"]);
    }

    public async Task Chunks_come_in_their_order()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0), other = Rows.Item(run, 1);
        foreach (byte index in (byte[])[11, 0, 2, 10, 1])
        {
            await run.WriteAsync(new CheckpointBatch
            {
                Chunks = [Rows.Chunk(item, 0, index, index), Rows.Chunk(item, 1, index, 99), Rows.Chunk(other, 0, index, 99)],
            });
        }

        (await run.ReadChunksAsync(item.Key, 0)).Select(chunk => chunk.Data.Span[0]).ShouldBe([0, 1, 2, 10, 11]);
    }

    public async Task Chunks_may_be_written_before_their_item()
    {
        StoredItem item = null!;
        await opened.WithRunAsync("run", async run =>
        {
            item = Rows.Item(run, 0);
            await run.WriteAsync(new CheckpointBatch { Chunks = [Rows.Chunk(item, -1, 0, 1)] });
            await run.WriteAsync(new CheckpointBatch { Chunks = [Rows.Chunk(item, -1, 1, 2)] });
            await run.WriteAsync(new CheckpointBatch { Items = [item], Steps = [Rows.Step(item, -1) with { Chunks = 2 }] });
        });

        await using ICheckpointRun again = await Store.OpenRunAsync("run");
        (await again.ReadChunksAsync(item.Key, -1)).Select(chunk => chunk.Data.Span[0]).ShouldBe([1, 2]);
    }

    public async Task Onces_are_those_of_the_item()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0), other = Rows.Item(run, 1);
        await run.WriteAsync(new CheckpointBatch
        {
            Onces = [Rows.Once(item, "A", "pay"), Rows.Once(item, "A", "Pay"), Rows.Once(item, "B", "pay"), Rows.Once(other, "A", "mail")],
        });

        (await run.ReadOncesAsync(item.Key)).Select(once => $"{once.Stage} {once.Key}").ShouldBe(["A pay", "A Pay", "B pay"], ignoreOrder: true);
    }

    public async Task The_items_that_were_there_are_read_while_more_is_written()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 3000).Select(number => Rows.Item(run, number))] });

        List<long> read = [];
        await foreach (StoredItem item in run.ReadItemsAsync())
        {
            read.Add(item.Sequence);
            if (item.Sequence % 500 == 0)
                await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, item.Sequence, stage: 1), Rows.Item(run, 10_000 + item.Sequence)] }).AsTask().InTime();
        }

        read.ShouldBe(Enumerable.Range(0, 3000).Select(number => (long)number));
        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(3006);
    }

    public async Task Another_store_reads_while_the_run_is_owned()
    {
        ICheckpointStore inspector = await opened.OpenAnotherStoreAsync();
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0);
        await run.WriteAsync(new CheckpointBatch { Items = [item], Steps = [Rows.Step(item, -1, "in")] });

        Rows.TextOf((await inspector.ReadItemsAsync("run").ToListAsync()).ShouldHaveSingleItem().LastStep).ShouldBe("in");
        Rows.TextOf((await inspector.ReadStepsAsync("run", item.Id).ToListAsync()).ShouldHaveSingleItem()).ShouldBe("in");
        (await inspector.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Unfinished.ShouldBe(1);
        await run.WriteAsync(new CheckpointBatch { Items = [item with { StageIndex = 1 }] });
    }

    public async Task Reading_may_be_left_early_and_begun_again()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 2000).Select(number => Rows.Item(run, number))] });

        for (int round = 0; round < 10; round++)
        {
            await foreach (StoredItem item in run.ReadItemsAsync())
            {
                if (item.Sequence == round)
                    break;
            }
        }

        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(2000);
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 5000)] });
    }

    public async Task Reading_is_canceled()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 2000).Select(number => Rows.Item(run, number))] });
        using var canceling = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (StoredItem item in run.ReadItemsAsync(canceling.Token))
                await canceling.CancelAsync();
        });

        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 5000)] });
    }

    public async Task Many_read_at_once()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        StoredItem[] items = [.. Enumerable.Range(0, 200).Select(number => Rows.Item(run, number))];
        await run.WriteAsync(new CheckpointBatch { Items = items, Steps = [.. items.Select(item => Rows.Step(item, -1, item.Id))] });

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            foreach (StoredItem item in items)
            {
                Rows.TextOf((await run.FindItemAsync(item.Id))?.LastStep).ShouldBe(item.Id);
                Rows.TextOf(await run.FindStepAsync(item.Key, -1)).ShouldBe(item.Id);
            }

            (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(200);
        }))).InTime();
    }

    /// <summary>Writes items with their input and the steps of five stages.</summary>
    private static async Task WriteWithAllStepsAsync(ICheckpointRun run, IReadOnlyList<StoredItem> items) => await run.WriteAsync(new CheckpointBatch
    {
        Items = items,
        Steps = [.. items.SelectMany(item => Enumerable.Range(-1, 6).Select(stage => Rows.Step(item, stage, $"{item.Id} after {stage}")))],
    });

    private static ConformanceCase Case(Func<ReadingCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Reading", opened => run(new ReadingCases(opened)), call);
}
