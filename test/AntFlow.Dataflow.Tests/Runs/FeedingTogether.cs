using System.Collections;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>Items of an array or a list are accepted several at once, which is visible only in the speed.</summary>
public sealed class FeedingTogether
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task In_their_order_as_far_as_there_is_room_and_one_more(
        [Values(1, 2, 15, 16, 17, 50)] int capacity, [Values(1, 15, 16, 17, 18, 33, 100)] int count, [Values] bool isList)
    {
        int[] input = [.. Enumerable.Range(0, count)];
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = capacity).Build().Start();
        run.Pause();
        Task<long> feeding = isList ? run.FeedAsync(input.ToList()) : run.FeedAsync(input);
        int expected = Math.Min(count, capacity + 1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == expected);

        feeding.IsCompleted.ShouldBe(count <= capacity);
        run.Resume();
        (await feeding.InTime()).ShouldBe(count);
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Results.Select(result => result.Value).ShouldBe(input);
        report.Results.Select(result => result.Sequence).ShouldBe(Enumerable.Range(0, count).Select(i => (long)i));
    }

    [TestCase("cancel the call")]
    [TestCase("complete the run")]
    [TestCase("stop the run")]
    [TestCase("cancel the run")]
    public async Task Those_that_have_no_room_yet_are_not_accepted_if_the_call_ends(string how)
    {
        using var source = new CancellationTokenSource();
        PipelineRun<int, int> run = StartHeld(capacity: 4);
        await run.FeedOneAsync(0);
        await _gate.WhenArrivedAsync(1);
        Task<long> feeding = run.FeedAsync(Enumerable.Range(1, 30).ToArray(), cancellationToken: source.Token);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 6);

        Task ending = Task.CompletedTask;
        if (how == "cancel the call")
            await source.CancelAsync();
        else if (how == "complete the run")
            run.Complete();
        else if (how == "stop the run")
            run.Stop();
        else
            ending = run.DisposeAsync().AsTask();
        // A call that waits for room is notified of the end of a completed run once there is some.
        if (how != "cancel the call")
            _gate.OpenForAll();
        long accepted = how == "cancel the call"
            ? (await feeding.CatchAsync<FeedCanceledException>()).Accepted
            : (await feeding.CatchAsync<PipelineClosedException>()).Accepted;
        _gate.OpenForAll();
        run.Complete();
        await ending.InTime();

        accepted.ShouldBe(5);
        PipelineReport<int> report = await run.Completion.InTime();
        (report.Results.Count, report.Snapshot.Fed).ShouldBe((6, 6));
    }

    [Test]
    public async Task Those_before_one_that_is_wrong_are_accepted([Values(0, 1, 15, 16, 17, 40)] int position, [Values(1, 10, 100)] int capacity)
    {
        List<WorkItem<int>> input = [.. Enumerable.Range(0, 50).Select(i => new WorkItem<int>(i))];
        input[position] = null!;
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2, s => s.QueueCapacity = capacity).Build().Start();

        await run.FeedAsync(input).CatchAsync<ArgumentException>();
        run.GetSnapshot().Fed.ShouldBe(position);
        (await run.FeedAsync([7])).ShouldBe(1);
        run.Complete();
        (await run.Completion.InTime()).Results.Select(result => result.Value).ShouldBe([.. Enumerable.Range(0, position), 7]);
    }

    [Test]
    public async Task A_list_that_is_changed_meanwhile_throws_and_what_was_accepted_goes_on()
    {
        List<int> input = [.. Enumerable.Range(0, 100)];
        await using PipelineRun<int, int> run = StartHeld(capacity: 4);
        Task<long> feeding = run.FeedAsync(input);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed >= 5);
        input.Add(100);
        _gate.OpenForAll();

        await feeding.CatchAsync<InvalidOperationException>();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Results.Select(result => result.Value).ShouldBe(Enumerable.Range(0, (int)report.Snapshot.Fed));
    }

    [Test]
    public async Task Not_of_a_list_whose_enumerator_is_somebody_elses()
    {
        using var list = new SlowList();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        Task<long> feeding = Task.Run(() => run.FeedAsync(list));

        // The next one comes only then.
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        list.GoOn();
        (await feeding.InTime()).ShouldBe(2);
    }

    [Test]
    public async Task Not_if_a_function_of_the_users_names_each()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x)
            .IdentifyBy(x => x == 2 ? throw new InvalidDataException("has no name") : new ItemId($"item {x}"))
            .Build().RunAsync(new[] { 1, 2, 3 }).InTime();

        report.Results.Select(result => result.IsSuccess).ShouldBe([true, false, true]);
        report.Results[1].Error.ShouldBeOfType<InvalidDataException>();
        report.Results[2].ItemId.ShouldBe(new ItemId("item 3"));
    }

    [Test]
    public async Task Not_if_the_reader_of_ordered_results_says_how_far_to_go()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 2 });
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        Task<bool> reading = reader.MoveNextAsync().AsTask();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 200).ToArray());
        (await reading.InTime()).ShouldBeTrue();

        feeding.IsCompleted.ShouldBeFalse("nobody reads on");
        run.GetSnapshot().Fed.ShouldBeLessThan(200);
    }

    private PipelineRun<int, int> StartHeld(int capacity) => PipelineBuilder.Stage<int, int>("A", async (x, _) =>
    {
        await _gate.PassAsync(x, CancellationToken.None);
        return x;
    }, 1, s => s.QueueCapacity = capacity).Build().Start();

    private sealed class SlowList : List<int>, IEnumerable<int>, IDisposable
    {
        private readonly SemaphoreSlim _goesOn = new(0);

        public void GoOn() => _goesOn.Release();

        public void Dispose() => _goesOn.Dispose();

        IEnumerator<int> IEnumerable<int>.GetEnumerator()
        {
            yield return 1;
            _goesOn.Wait(TimeSpan.FromSeconds(120)).ShouldBeTrue();
            yield return 2;
        }

        IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<int>)this).GetEnumerator();
    }
}
