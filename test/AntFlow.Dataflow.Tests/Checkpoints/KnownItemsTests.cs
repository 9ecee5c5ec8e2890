using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>An item is recognized by its id, and by nothing else; an item without an id cannot be recognized.</summary>
public sealed class KnownItemsTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly List<string> _calls = [];

    private Pipeline<string, string> Make(bool fails = false) => PipelineBuilder
        .Stage<string, string>("A", x =>
        {
            _calls.Add($"A {x}");
            return x + "a";
        }, 1)
        .Then<string>("B", x =>
        {
            _calls.Add($"B {x}");
            return fails ? throw new InvalidOperationException("down") : x + "b";
        }, 1, s => s.Retry = RetryPolicy.None)
        .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true })
        .Build();

    private static WorkItem<string> Named(ItemId id, string value) => new(value) { Id = id };

    [Test]
    public async Task The_input_of_a_known_item_is_not_looked_at()
    {
        await Make().RunAsync([Named("through", "old")], Lives.Nightly).InTime();
        await Make(fails: true).RunAsync([Named("half", "old")], Lives.Nightly).InTime();
        _calls.Clear();

        PipelineReport<string> report = await Make().RunAsync([Named("through", "new"), Named("half", "new")], Lives.Nightly).InTime();

        report.Results.Select(result => result.Value).ShouldBe(["oldab", "oldab"]);
        _calls.ShouldBe(["B olda"]);
    }

    [Test]
    public async Task Items_are_looked_up_one_after_the_other()
    {
        await Make().RunAsync([Named("first", "1"), Named("second", "2")], Lives.Nightly).InTime();
        await using ICheckpointRun run = await _store.OpenRunAsync("nightly");
        StoredItemReader reader = null!;
        Task<StoredItem?>? first = null;
        bool isSecondInside = false;
        reader = new StoredItemReader(run, id =>
        {
            // The call that looks for the second item is in the middle of it.
            first ??= reader.FindAsync(id).AsTask();
            isSecondInside |= first.IsCompleted;
            return false;
        }, CancellationToken.None);
        await using (reader)
        {
            StoredItem? second = await reader.FindAsync(ItemId.FromString("second").ToStoredText()).AsTask().InTime();

            isSecondInside.ShouldBeFalse();
            second.ShouldNotBeNull().Id.ShouldBe(ItemId.FromString("second").ToStoredText());
            (await first!.InTime()).ShouldNotBeNull();
        }
    }

    [Test]
    public async Task Items_in_another_order_and_between_new_ones_are_known_again()
    {
        await Make().RunAsync([Named(1, "one"), Named(2, "two"), Named(3, "three")], Lives.Nightly).InTime();
        _calls.Clear();

        PipelineReport<string> report = await Make().RunAsync([Named(0, "zero"), Named(3, "?"), Named("1", "text"), Named(2, "?"), Named(1, "?")], Lives.Nightly).InTime();

        report.Results.Select(result => result.Value).ShouldBe(["zeroab", "threeab", "textab", "twoab", "oneab"]);
        _calls.Where(call => call.StartsWith('A')).ShouldBe(["A zero", "A text"]);
    }

    [Test]
    public async Task RunAsync_finishes_what_came_before_an_item_without_an_id()
    {
        WorkItem<string>[] items = [Named("x", "x"), Named("y", "y"), new("nobody"), Named("z", "z")];

        PipelineInputException error = await Make().RunAsync(items, Lives.Nightly).CatchAsync<PipelineInputException>();

        error.InnerException.ShouldBeOfType<ItemIdMissingException>();
        error.Message.ShouldStartWith("The input was refused after 2 items");
        (await _store.ReadItemsAsync("nightly").ToListAsync()).Select(item => (item.Id, item.State)).ShouldBe(
            [("s:x", StoredItemState.Succeeded), ("s:y", StoredItemState.Succeeded)], ignoreOrder: true);
    }

    [TestCase('x', 478)]
    [TestCase('é', 239)]
    [TestCase('☾', 159)]
    public async Task An_id_may_have_478_bytes_and_no_more(char letter, int most)
    {
        await using PipelineRun<string, string> run = Make().Start(Lives.Nightly);
        await run.FeedOneAsync(Named(new string(letter, most), "longest")).InTime();

        ItemIdMissingException error = await run.FeedAsync([Named("short", "short"), Named(new string(letter, most + 1), "longer")]).CatchAsync<ItemIdMissingException>();

        error.Accepted.ShouldBe(1);
        error.Message.ShouldContain("is too long: with checkpoints it may have at most 478 bytes in UTF-8");
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task Results_that_were_read_are_given_again_in_the_next_life()
    {
        for (int life = 0; life < 3; life++)
        {
            List<PipelineResult<string>> results = await Make().StreamAsync([Named("x", "x"), Named("y", "y")], Lives.Nightly).ToListAsync();
            results.Select(result => result.Value).Order().ShouldBe(["xab", "yab"]);
        }

        _calls.Count.ShouldBe(4);
    }
}
