using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Counters that many threads raise at once: a lost increment is rare, so there are many of them.</summary>
internal sealed class CountingTests
{
    private const int Items = 20_000;

    [Test]
    public async Task Feeders_of_several_stages_draw_every_sequence_number_once()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, configure: s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", x => x, configure: s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("C", x => x, configure: s => s.QueueCapacity = StageOptions.Unbounded)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        // Nothing but feeding: that is where the numbers are drawn.
        run.Pause();
        await Task.WhenAll(new[] { "A", "B", "C" }.Select(stage => Task.Run(() => run.FeedAsync(stage, Enumerable.Range(0, Items)))));
        run.Resume();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Snapshot.Fed.ShouldBe(3 * Items);
        report.Results.Select(result => result.Sequence).ShouldBe(Enumerable.Range(0, 3 * Items).Select(sequence => (long)sequence));
    }

    [Test]
    public void However_many_threads_draw_sequence_numbers_none_is_lost()
    {
        // On a busy machine threads take long turns: they continue until they have met often enough, but not forever.
        const long most = 30_000_000, enough = 200_000, atOnce = 10_000;
        var run = new DrawingRun();
        long draws = 0;
        long meetings = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(Draw))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        run.Accepted.ShouldBe(draws);

        void Draw()
        {
            long last = -1;
            for (long drawn = 0; drawn < most && Interlocked.Read(ref meetings) < enough; drawn += atOnce)
            {
                int met = 0;
                for (int i = 0; i < atOnce; i++)
                {
                    long number = run.DrawSequence();
                    met += number == last + 1 ? 0 : 1;
                    last = number;
                }

                Interlocked.Add(ref draws, atOnce);
                Interlocked.Add(ref meetings, met);
            }
        }
    }

    [Test]
    public async Task Failures_of_many_workers_at_once_are_all_counted()
    {
        // One for each item: the stack trace of a shared one grows with every throw, and the time with its square.
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", _ => Task.FromException<int>(new TimeoutException()), workers: 8, s => s.Retry = RetryPolicy.None).Build();
        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, Items)).InTime();

        report.FailedCount.ShouldBe(Items);
        report.Snapshot.InProgress.ShouldBe(0);
    }

    /// <summary>A run of which nothing is asked but numbers.</summary>
    private sealed class DrawingRun() : RunState(new RunClock(TimeProvider.System), observers: null, new Random(1))
    {
        public override CancellationToken Token => CancellationToken.None;

        public override bool Conclude(Item item, in Conclusion conclusion, Waiter? waiter = null) => throw new NotSupportedException();

        public override void ReportCallback(string callback, ItemId itemId, string stage, Exception error) => throw new NotSupportedException();

        public override void ReportLate(ItemId itemId, string stage, Exception? error) => throw new NotSupportedException();

        public override void ReportFault(Exception error) => throw new NotSupportedException();

        public override void GiveUp(Exception error) => throw new NotSupportedException();

        public override IOnceKeeper Onces => throw new NotSupportedException();

        public override Waiter? WaitForReader(Waiter waiter) => throw new NotSupportedException();

        public override void NotifyRestored(Item item, int stage) => throw new NotSupportedException();

        public override void GiveStoreUp(Exception error) => throw new NotSupportedException();
    }
}
