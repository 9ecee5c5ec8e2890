using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Displays;

/// <summary><c>Start</c> returns a run that can be fed at once, so it holds its caller until <c>OnStart</c> has returned. The caller may hold the last thread of the pool.</summary>
[NonParallelizable]
public sealed class StartingWithoutThePool
{
    private const int MoreThanThePoolHas = 500;

    [Test]
    public void Starting_a_run_with_a_display_needs_no_thread_of_the_pool()
    {
        bool? wasOnPool = null;
        var display = new CollectingDisplay { Starting = (_, _) => wasOnPool = Thread.CurrentThread.IsThreadPoolThread };
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("Double", x => x * 2).WithTimeProvider(new SteppedTime()).Build();
        PipelineRun<int, int>? run = null;

        bool hasReturned = WithoutThePool(() => run = pipeline.Start(new RunOptions { Display = display }));

        hasReturned.ShouldBeTrue("Start waits for a thread of the pool");
        display.Calls.ShouldBe(["start unknown"]);
        wasOnPool.ShouldBe(false);
        run.ShouldNotBeNull().Cancel();
    }

    [Test]
    public void Making_a_block_with_a_display_needs_no_thread_of_the_pool()
    {
        var display = new CollectingDisplay();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("Double", x => x * 2).WithTimeProvider(new SteppedTime()).Build();
        PipelineBlock<int, int>? block = null;

        bool hasReturned = WithoutThePool(() => block = pipeline.AsBlock(new RunOptions { Display = display }));

        hasReturned.ShouldBeTrue("AsBlock waits for a thread of the pool");
        display.Calls.ShouldBe(["start unknown"]);
        block.ShouldNotBeNull().Run.Cancel();
    }

    /// <summary>Calls something on a thread of its own while more work waits for the pool than it has threads for, and none of it ends: whatever else is given to the pool has no turn.</summary>
    /// <returns>Whether the call has returned before the pool was free again.</returns>
    private static bool WithoutThePool(Action call)
    {
        ThreadPool.GetMaxThreads(out int most, out int mostForIO);
        using var free = new ManualResetEventSlim();
        using var ended = new CountdownEvent(MoreThanThePoolHas);
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, mostForIO).ShouldBeTrue();
        try
        {
            for (int i = 0; i < MoreThanThePoolHas; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ =>
                {
                    free.Wait();
                    ended.Signal();
                }, null);
            }

            var caller = new Thread(() => call()) { IsBackground = true };
            caller.Start();
            // How long does not matter to a call that returns; one that needs the pool never does.
            return caller.Join(TimeSpan.FromSeconds(20));
        }
        finally
        {
            free.Set();
            ThreadPool.SetMaxThreads(most, mostForIO);
            ended.Wait();
        }
    }
}
