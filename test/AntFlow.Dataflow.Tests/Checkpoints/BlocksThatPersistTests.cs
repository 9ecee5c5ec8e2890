using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What a block was given is stored as well, where input is.</summary>
public sealed class BlocksThatPersistTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private Job NewJob() => new(_store) { Options = new CheckpointOptions { PersistInput = true } };

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_a_block_has_taken_comes_back_by_itself(bool isLinked)
    {
        Job job = NewJob();
        job.Body = (stage, item, token) => _gate.PassAsync(item, token);
        PipelineBlock<string, string> block = job.Make().AsBlock(Lives.Nightly);
        var source = new BufferBlock<string>();
        if (isLinked)
        {
            source.LinkTo(block);
            await source.SendAsync("x").InTime();
        }
        else
        {
            (await block.SendAsync("x").InTime()).ShouldBeTrue();
        }

        await _gate.WhenArrivedAsync(1);
        _store.Kill();
        await block.Run.DisposeAsync().AsTask().InTime();

        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }

    [Test]
    public async Task A_canceled_run_leaves_a_block_item_that_waits_for_an_id_whose_holder_is_stuck_in_its_serializer()
    {
        using var release = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Sticky.OnWrites[1] = () =>
        {
            reached.TrySetResult();
            release.Wait();
        };
        PipelineBlock<Sticky, int> block = PipelineBuilder.Stage<Sticky, int>("A", _ => 1).IdentifyBy(_ => "x")
            .WithCheckpoints(new InMemoryCheckpointStore(), new CheckpointOptions { PersistInput = true }).Build()
            .AsBlock(new RunOptions { RunId = "r", AbandonAfter = TimeSpan.FromMilliseconds(1) });
        Task<bool> first = Task.Run(() => block.Run.FeedOneAsync(new Sticky(1)));
        try
        {
            await reached.Task.InTime();
            (await block.SendAsync(new Sticky(2)).InTime()).ShouldBeTrue();
            block.Run.Cancel();
            PipelineReport<int> report = await block.Run.Completion.InTime();

            (report.Snapshot.Fed, report.CanceledCount).ShouldBe((1, 1));
        }
        finally
        {
            release.Set();
        }

        await first.CatchAsync<PipelineClosedException>();
    }

    [Test]
    public async Task A_canceled_run_leaves_a_block_item_that_is_stuck_in_its_serializer([Values] bool isReleasedInTime)
    {
        using var release = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int number = isReleasedInTime ? 3 : 4;
        Sticky.OnWrites[number] = () =>
        {
            reached.TrySetResult();
            release.Wait();
        };
        var store = new InMemoryCheckpointStore();
        PipelineBlock<Sticky, int> block = PipelineBuilder.Stage<Sticky, int>("A", _ => 1).IdentifyBy(_ => "x")
            .WithCheckpoints(store, new CheckpointOptions { PersistInput = true }).Build()
            .AsBlock(new RunOptions { RunId = "r", AbandonAfter = isReleasedInTime ? TimeSpan.FromHours(1) : TimeSpan.FromMilliseconds(1) });
        Task<bool> offering = Task.Run(() => block.SendAsync(new Sticky(number)));
        try
        {
            await reached.Task.InTime();
            block.Run.Cancel();
            if (isReleasedInTime)
                release.Set();
            PipelineReport<int> report = await block.Run.Completion.InTime();

            (report.Snapshot.Fed, report.CanceledCount, report.Fault).ShouldBe((1, 1, null));
        }
        finally
        {
            release.Set();
        }

        (await offering.InTime()).ShouldBeTrue();
    }

    private sealed record Sticky(int Number)
    {
        /// <summary>What is done by the serializer, by number: a number belongs to one test.</summary>
        public static ConcurrentDictionary<int, Action> OnWrites { get; } = new();

        [JsonInclude]
        public int Written
        {
            get
            {
                if (OnWrites.TryGetValue(Number, out Action? act))
                    act();
                return 0;
            }
        }
    }
}
