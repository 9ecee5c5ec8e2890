using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Where the input is stored as well, a feed call that has returned need not be made again.</summary>
public sealed class PersistInputTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private Job NewJob() => new(_store) { Options = new CheckpointOptions { PersistInput = true } };

    private async Task DieInAsync(string stage, params string[] items)
    {
        Job job = NewJob();
        job.Body = (at, item, token) => at == stage ? _gate.PassAsync(item, token) : Task.CompletedTask;
        Task arrived = _gate.WhenArrivedAsync(_gate.Arrivals.Count + Math.Min(2, items.Length));
        PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        // All of them are durable then, including those that nothing has begun.
        await run.FeedAsync(items).InTime();
        await arrived.InTime();
        _store.Kill();
        await run.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task A_feed_call_returns_once_its_items_are_durable()
    {
        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Hold();
        Task feeding = run.FeedAsync(["x", "y"]);
        await Waiting.UntilAsync(() => _store.Held == 1);
        feeding.IsCompleted.ShouldBeFalse();
        _store.Release();
        await feeding.InTime();

        List<StoredItem> rows = await _store.ReadItemsAsync("nightly").ToListAsync();
        rows.Select(row => row.Id).ShouldBe(["s:x", "s:y"]);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task Start_with_a_known_RunId_brings_the_unfinished_ones_back()
    {
        await NewJob().RunAsync("done").InTime();
        await DieInAsync("B", "x", "y", "z");

        Job again = NewJob();
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(result => result.Value).Order().ShouldBe(["xabc", "yabc", "zabc"]);
        report.ResumedCount.ShouldBe(3);
        report.NotFedCount.ShouldBe(1);
        again.CallsOf("done").ShouldBeEmpty();
        // Those that were in B, whichever two of them that were.
        foreach (string item in _gate.Arrivals)
            again.CallsOf(item).ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task One_that_is_through_comes_back_if_OnSuccess_was_not_told_of_it()
    {
        Job job = NewJob();
        job.OnSuccess = (e, _) => e.Stage == "C" ? new ValueTask(_gate.PassAsync(e.ItemId.ToString(), CancellationToken.None)) : default;
        PipelineRun<string, string> first = job.Make().Start(Lives.Nightly);
        await first.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1).InTime();
        _store.Kill();
        _gate.OpenForAll();
        await first.DisposeAsync().AsTask().InTime();

        List<string> told = [];
        Job again = NewJob();
        again.OnSuccess = (e, _) =>
        {
            told.Add($"{e.Stage} {e.ItemId}");
            return default;
        };
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        told.ShouldBe(["C x"]);
        report.Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task A_large_input_does_not_come_behind_what_was_made_of_it()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => "small")
            .Then("B", async (x, ct) =>
            {
                await _gate.PassAsync(x, ct);
                return x;
            })
            .IdentifyBy(x => "x")
            .WithCheckpoints(_store, new CheckpointOptions { PersistInput = true })
            .Build();
        await using PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Hold();
        Task feeding = run.FeedAsync([new string('x', 900_000)]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 1);
        _store.Release();
        await _gate.WhenArrivedAsync(1).InTime();
        await feeding.InTime();

        (await _store.ReadItemsAsync("nightly").ToListAsync()).ShouldHaveSingleItem().StageIndex.ShouldBe(1);
        _gate.OpenForAll();
    }

    [Test]
    public async Task A_feed_call_does_not_pass_over_an_input_that_was_not_written()
    {
        Job job = NewJob();
        job.Options.GiveUpAfter = TimeSpan.Zero;
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        run.Pause();
        _store.Hold();
        int writes = 0;
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && ++writes == 1 ? new IOException("the disk is full") : null;
        async IAsyncEnumerable<string> FeedAsync()
        {
            yield return "x";
            await Waiting.UntilAsync(() => _store.Held == 1);
            yield return "y";
            _store.Release();
        }

        (await run.FeedAsync(FeedAsync()).CatchAsync<CheckpointException>()).InnerException.ShouldBeOfType<IOException>();

        (await _store.ReadItemsAsync("nightly").ToListAsync()).Select(row => row.Id).ShouldBe(["s:y"]);
    }

    [Test]
    public async Task Input_that_no_stage_has_finished_comes_back_with_priority_and_metadata()
    {
        Job job = NewJob();
        PipelineRun<string, string> first = job.Make().Start(Lives.Nightly);
        first.Pause();
        await first.FeedAsync([new WorkItem<string>("x") { Priority = 3, Metadata = { ["tenant"] = "a" } }, new WorkItem<string>("y") { Priority = -3 }]).InTime();
        _store.Kill();
        await first.DisposeAsync();

        Job again = NewJob();
        again.Build = builder => builder;
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.SucceededCount.ShouldBe(2);
        report.Results.Single(result => result.ItemId == "x").Metadata["tenant"].ShouldBe("a");
        (await _store.ReadItemsAsync("nightly").ToListAsync()).Select(row => row.Priority).ShouldBe([3, -3]);
    }

    [Test]
    public async Task Feeding_an_item_that_was_brought_back_means_the_same_item()
    {
        await DieInAsync("B", "x", "y");

        Job again = NewJob();
        again.Body = (stage, item, token) => stage == "C" ? _gate.PassAsync(item, token) : Task.CompletedTask;
        int arrived = _gate.Arrivals.Count;
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        await _gate.WhenArrivedAsync(arrived + 2);
        (await run.FeedAsync(["y", "x", "new"]).InTime()).ShouldBe(3);
        (await run.FeedAsync(["x"]).InTime()).ShouldBe(1);
        _gate.OpenForAll();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Count(result => result.Status == ResultStatus.Succeeded).ShouldBe(3);
        report.Results.Single(result => result.Status == ResultStatus.Failed).Error.ShouldBeOfType<DuplicateItemException>();
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [Test]
    public async Task RunAsync_takes_them_from_its_input()
    {
        await DieInAsync("B", "x", "y");

        PipelineReport<string> report = await NewJob().RunAsync("x", "y").InTime();

        report.Results.Select(result => result.Value).ShouldBe(["xabc", "yabc"]);
    }

    [Test]
    public async Task Finished_ones_that_a_new_stage_was_added_behind_come_back()
    {
        await NewJob().RunAsync("x").InTime();
        Job again = NewJob();
        again.Options.PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages;
        again.Build = builder => builder.Then<string>("D", x => x + "d");
        await using PipelineRun<string, string> run = again.Make().Start(Lives.Nightly);
        run.Complete();

        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabcd");
        again.Calls.ShouldBeEmpty();
    }

    [Test]
    public async Task TryFeedOne_cannot_wait_and_says_so()
    {
        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);

        Should.Throw<InvalidOperationException>(() => run.TryFeedOne("x")).Message.ShouldBe(
            "With CheckpointOptions.PersistInput an item is accepted once it is durable, which TryFeedOne cannot wait for; use FeedOneAsync.");
    }

    [Test]
    public async Task A_block_brings_them_back_and_takes_new_ones()
    {
        await DieInAsync("B", "x", "y");
        PipelineBlock<string, string> block = NewJob().Make().AsBlock(Lives.Nightly);
        (await block.SendAsync("new").InTime()).ShouldBeTrue();
        block.Complete();

        List<string?> values = [];
        while (await block.OutputAvailableAsync().InTime())
            values.Add((await block.ReceiveAsync().InTime()).Value);

        values.Order().ShouldBe(["newabc", "xabc", "yabc"]);
        await block.Completion.InTime();
    }

    [Test]
    public async Task What_has_come_back_and_is_done_before_there_is_a_block_comes_out_of_it_though_nothing_else_happens()
    {
        await DieInAsync("B", "x");
        PipelineBlock<string, string> block = NewJob().Make().AsBlock(new RunOptions { RunId = Lives.Nightly.RunId, Display = new PatientDisplay() });

        (await block.ReceiveAsync().InTime()).Value.ShouldBe("xabc");
        block.Complete();
        await block.Completion.InTime();
    }

    [Test]
    public async Task A_write_that_fails_for_ever_is_a_CheckpointException_of_the_feed_call()
    {
        var time = new SteppedTime();
        Job job = NewJob();
        job.Time = time;
        await using PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? new IOException("the disk is full") : null;

        CheckpointException error = await time.DriveAsync(run.FeedAsync(["x"]).CatchAsync<CheckpointException>());

        error.InnerException.ShouldBeOfType<IOException>();
        (await time.DriveAsync(run.Completion)).Snapshot.Fed.ShouldBe(1);
    }

    [Test]
    public async Task A_feed_call_that_waits_for_its_items_to_be_durable_ends_with_its_token()
    {
        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.Hold();
        using var cancel = new CancellationTokenSource();
        Task feeding = run.FeedAsync(["x"], cancellationToken: cancel.Token);
        await Waiting.UntilAsync(() => _store.Held == 1);
        await cancel.CancelAsync();

        (await feeding.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(1);
        _store.Release();
    }

    [Test]
    public async Task Input_that_cannot_be_turned_into_bytes_fails_its_item_alone()
    {
        Pipeline<Func<string>, string> pipeline = PipelineBuilder.Stage<Func<string>, string>("A", make => make()).IdentifyBy(make => make())
            .WithCheckpoints(_store, new OnlyOneCanBeWritten(), new CheckpointOptions { PersistInput = true }).Build();
        await using PipelineRun<Func<string>, string> run = pipeline.Start(Lives.Nightly);

        (await run.FeedAsync([() => "x", () => "odd", () => "y"]).InTime()).ShouldBe(3);
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.Select(result => result.Value).ShouldBe(["x", null, "y"]);
        CheckpointException error = report.Results[1].Error.ShouldBeOfType<CheckpointException>();
        error.Message.ShouldBe("The input of item 'odd' could not be turned into bytes: It is odd.");
        error.UnsavedValue.ShouldBeOfType<Func<string>>()().ShouldBe("odd");
    }

    private sealed class OnlyOneCanBeWritten : IPayloadSerializer
    {
        public ReadOnlyMemory<byte> Serialize<T>(T value) =>
            value is Func<string> make
                ? make() == "odd" ? throw new NotSupportedException("It is odd.") : System.Text.Encoding.UTF8.GetBytes(make())
                : System.Text.Encoding.UTF8.GetBytes((string)(object)value!);

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes)
        {
            string text = System.Text.Encoding.UTF8.GetString(bytes.Span);
            return typeof(T) == typeof(Func<string>) ? (T)(object)(Func<string>)(() => text) : (T)(object)text;
        }

        public string Describe<T>() => typeof(T).Name;
    }

    [Test]
    public async Task An_item_that_comes_when_the_run_has_just_ended_is_not_written_to_a_run_that_was_given_up()
    {
        var feeder = new Standstill();
        var closing = new Standstill();
        int values = 0;
        var serializer = new TextSerializer(() =>
        {
            if (Interlocked.Increment(ref values) == 1)
                feeder.Stand();
        });
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x)
            .WithCheckpoints(_store, serializer, new CheckpointOptions { PersistInput = true }).Build();
        PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        _store.After = method =>
        {
            if (method == nameof(ICheckpointRun.DisposeAsync))
                closing.Stand();
            return null;
        };
        Task feeding = Task.Run(() => run.FeedOneAsync("x"));
        await feeder.Reached.InTime();
        run.Stop(mode: StopMode.AfterItem);
        await closing.Reached.InTime();
        feeder.Release();
        (await feeding.CatchAsync<PipelineClosedException>().InTime()).Accepted.ShouldBe(0);
        closing.Release();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Fault.ShouldBeNull();
        report.Results.ShouldBeEmpty();
        _store.CallsOf(nameof(ICheckpointRun.WriteAsync)).ShouldBe(1);
    }

    /// <summary>Holds the caller that starts a run until an item has ended.</summary>
    private sealed class PatientDisplay : IPipelineDisplay
    {
        public void OnStart(IPipelineRun run, long? total) =>
            SpinWait.SpinUntil(() => run.GetSnapshot().Succeeded == 1, TimeSpan.FromSeconds(120)).ShouldBeTrue();

        public void OnUpdate(PipelineSnapshot snapshot)
        {
        }

        public void OnFinish(PipelineReport report)
        {
        }
    }
}
