using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What is on its way to the store is bounded by bytes, whatever the number of items and however long the store takes.</summary>
public sealed class SavingBytesTests
{
    private const int Size = 1_000;
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Scale _scale = new();

    [SetUp]
    public void Weigh() => _store.OnWritten = _scale.OnWritten;

    private Pipeline<string, string> Make(CheckpointOptions options, int workers = 2, int size = Size, TimeProvider? time = null) =>
        PipelineBuilder.Stage<string, string>("A", x => x.PadRight(size), workers, stage => stage.QueueCapacity = StageOptions.Unbounded)
            .Then("B", x => x.TrimEnd().PadLeft(size), workers)
            .Then("C", x => x.Trim(), workers)
            .IdentifyBy(x => x.Trim())
            .WithTimeProvider(time ?? TimeProvider.System)
            .WithCheckpoints(_store, _scale, options)
            .Build();

    private static async Task<PipelineRun<string, string>> StartAsync(Pipeline<string, string> pipeline, RunOptions? options = null)
    {
        PipelineRun<string, string> run = pipeline.Start(options ?? Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    private static IEnumerable<string> Items(int count) => Enumerable.Range(0, count).Select(number => $"x{number}");

    [TestCase(Size)]
    [TestCase(400_000)]
    public async Task No_more_bytes_are_on_their_way_than_the_bound_and_what_workers_wait_with(int size)
    {
        const int fit = 5, workers = 2, stages = 2;
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { MaxSavingBytes = 3 * fit * size }, workers, size));
        _store.Hold();
        await run.FeedAsync(Items(40)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Saving == fit + workers);
        // The store proceeds one write at a time, so anything that could exceed the bound has plenty of time to do so.
        run.Complete();
        while (!run.Completion.IsCompleted)
        {
            await Waiting.UntilAsync(() => _store.Held == 1 || run.Completion.IsCompleted);
            _store.ReleaseOne();
        }

        (await run.Completion.InTime()).SucceededCount.ShouldBe(40);
        _scale.Most.ShouldBeGreaterThanOrEqualTo((fit + workers) * size);
        _scale.Most.ShouldBeLessThanOrEqualTo((fit + (workers * stages)) * size + (40 * 3));
    }

    // Two may wait, as many as the stage has workers, five be on their way, and each worker before it brings one more. Small ones may fill the queue, and be on their way then, too.
    [TestCase(Size, 3, 2 + 5 + 2)]
    [TestCase(3, 21, 20 + 8 + 2)]
    public async Task Fewer_items_wait_in_front_of_a_stage_where_their_values_are_large(int size, int least, int most)
    {
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { MaxSaving = 8, MaxSavingBytes = 3 * 5 * Size }, size: size));
        run.Pause("B");
        await run.FeedAsync(Items(40)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 0 } now && now.Stages[0].BlockedWorkers == 2);

        run.GetSnapshot().Stages[1].Queued.ShouldBeInRange(least, most);

        run.Resume("B");
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(40);
    }

    [Test]
    public async Task A_value_above_the_bound_is_saved_alone()
    {
        List<int> values = [];
        _store.OnWriting = batch => values.Add(batch.Steps.Count);
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { MaxSavingBytes = 1 }, workers: 4));
        await run.FeedAsync(Items(20)).InTime();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(20);
        values.Max().ShouldBe(1);
    }

    [Test]
    public async Task A_worker_that_waits_for_room_keeps_no_permit()
    {
        await using PipelineRun<string, string> run = await StartAsync(PipelineBuilder
            .Stage<string, string>("First", x => x)
            .ThenWithTasks("A", t => t.Task("Pad", (string x) => x.PadRight(Size), maxConcurrency: 1), workers: 3)
            .IdentifyBy(x => x).WithCheckpoints(_store, _scale, new CheckpointOptions { MaxSavingBytes = 3 * Size }).Build());
        run.Pause("A");
        await run.FeedAsync(Items(4)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 4);
        _store.Hold();
        run.Resume("A");

        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 4, InProgress: 0, Queued: 0, Limited: 0 });

        _store.Release();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
    }

    [Test]
    public async Task A_value_that_cannot_be_written_gives_its_room_back()
    {
        int failures = 0;
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && ++failures > 1 ? new IOException("the disk is full") : null;
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { MaxSavingBytes = 1, GiveUpAfter = TimeSpan.Zero }));
        await ((Task)run.FeedAsync(Items(10))).ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default).InTime();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
        report.Results.ShouldContain(result => result.Error is CheckpointException);
        report.SucceededCount.ShouldBe(0);
    }

    [Test]
    public async Task A_run_ends_whose_workers_wait_for_a_store_that_never_does()
    {
        var time = new SteppedTime();
        await using PipelineRun<string, string> run = await StartAsync(
            Make(new CheckpointOptions { MaxSavingBytes = 1 }, workers: 3, time: time), new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromSeconds(10) });
        var never = new TaskCompletionSource();
        _store.Delay = _ => never.Task;
        await run.FeedAsync(Items(10)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Saving == 4);
        run.Cancel();

        PipelineReport<string> report = await time.DriveAsync(run.Completion);

        report.CanceledCount.ShouldBe(10);
        never.SetResult();
    }

    [Test]
    public async Task Inputs_that_are_stored_count_as_well_and_their_feed_calls_wait()
    {
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { PersistInput = true, MaxSavingBytes = 6 * Size }));
        run.Pause();
        _store.Hold();
        string[] items = [.. Items(6).Select(item => item.PadRight(Size))];
        using var canceling = new CancellationTokenSource();
        Task feeding = run.FeedAsync(items, cancellationToken: canceling.Token);
        Task other = run.FeedAsync(["y".PadRight(Size)]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Queued == 2 && _scale.Weighed == 4);
        feeding.IsCompleted.ShouldBeFalse();
        await canceling.CancelAsync();

        // It was first in the line: the other one is next, and does not wait for a call that is over.
        (await feeding.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(2);
        other.IsCompleted.ShouldBeFalse();
        _store.Release();
        await other.InTime();
        run.Resume();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        _scale.Most.ShouldBeLessThanOrEqualTo(5 * Size + (3 * 4));
    }

    [Test]
    public async Task A_feed_call_that_waits_for_room_ends_with_the_run()
    {
        await using PipelineRun<string, string> run = await StartAsync(Make(new CheckpointOptions { PersistInput = true, MaxSavingBytes = 1 }));
        run.Pause();
        _store.Hold();
        Task feeding = run.FeedAsync(Items(3));
        await Waiting.UntilAsync(() => run.GetSnapshot().Queued == 1 && _scale.Weighed == 2);
        run.Cancel();

        (await feeding.CatchAsync<PipelineClosedException>()).Accepted.ShouldBe(1);

        _store.Release();
        (await run.Completion.InTime()).CanceledCount.ShouldBe(1);
    }

    [Test]
    public async Task Large_values_leave_in_the_order_they_came_and_small_ones_go_in_between()
    {
        List<StoredChunk> chunks = [];
        int steps = 0, stepsBeforeTheLastPiece = 0;
        _store.OnWriting = batch =>
        {
            chunks.AddRange(batch.Chunks);
            stepsBeforeTheLastPiece = batch.Chunks.Count > 0 ? steps : stepsBeforeTheLastPiece;
            steps += batch.Steps.Count(step => step.Chunks == 0);
        };
        await using PipelineRun<string, string> run = await StartAsync(PipelineBuilder
            .Stage<string, string>("A", x => x[0] == 'L' ? x.PadRight(1_000_000) : x)
            .IdentifyBy(x => x).WithCheckpoints(_store).Build());
        _store.Hold();
        await run.FeedAsync(["first", "L1", "s1", "L2", "s2", "L3", "s3"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 7);
        _store.Release();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(7);

        chunks.Count.ShouldBe(12);
        chunks.Select(chunk => chunk.Item).ShouldBe(chunks.Select(chunk => chunk.Item).Order(), "the first one is whole before the second begins");
        chunks.Select(chunk => chunk.Index).ShouldBe([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
        stepsBeforeTheLastPiece.ShouldBe(4);
    }

    [Test]
    public async Task What_a_stage_was_given_is_not_kept_while_what_it_made_is_saved()
    {
        var given = new ConcurrentBag<WeakReference>();
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => NewLarge(x, given))
            .Then("B", x => "small")
            .IdentifyBy(x => x)
            .WithCheckpoints(_store, _scale)
            .Build();
        await using PipelineRun<string, string> run = await StartAsync(pipeline, new RunOptions { RunId = "nightly", CollectResults = false });
        run.Pause("B");
        await run.FeedAsync(Items(3)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 3);
        _store.Hold();
        run.Resume("B");
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Saving == 3);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        // The worker's last one may still be in a register of its thread.
        given.Count(reference => reference.IsAlive).ShouldBeLessThanOrEqualTo(1);
        _store.Release();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string NewLarge(string item, ConcurrentBag<WeakReference> given)
    {
        string large = item.PadRight(100_000);
        given.Add(new WeakReference(large));
        return large;
    }

    /// <summary>A serializer of texts that knows how many bytes are on their way.</summary>
    private sealed class Scale : IPayloadSerializer
    {
        private long _made;
        private long _written;
        private long _most;
        private long _weighed;

        public long Most => Interlocked.Read(ref _most);

        /// <summary>How many values were turned into bytes.</summary>
        public long Weighed => Interlocked.Read(ref _weighed);

        public ReadOnlyMemory<byte> Serialize<T>(T value)
        {
            byte[] bytes = Encoding.UTF8.GetBytes((string)(object)value!);
            Interlocked.Increment(ref _weighed);
            long now = Interlocked.Add(ref _made, bytes.Length) - Interlocked.Read(ref _written);
            for (long most = Most; now > most; most = Most)
                Interlocked.CompareExchange(ref _most, now, most);
            return bytes;
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => (T)(object)Encoding.UTF8.GetString(bytes.Span);

        public string Describe<T>() => typeof(T).Name;

        public void OnWritten(CheckpointBatch batch) =>
            Interlocked.Add(ref _written, batch.Steps.Sum(step => (long)step.Value.Length) + batch.Chunks.Sum(chunk => (long)chunk.Data.Length));
    }
}
