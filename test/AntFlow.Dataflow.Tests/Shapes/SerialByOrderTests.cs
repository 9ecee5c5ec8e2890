using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Items of a key leave the stage in the order in which they started, also those that end in it.</summary>
public sealed class SerialByOrderTests
{
    [Test]
    public async Task An_item_that_ends_in_the_stage_has_its_key_until_it_has_its_result([Values] bool isFiltered)
    {
        var gate = new Gate<int>();
        var time = new AskedTime();
        await using PipelineRun<int, int> run = PipelineBuilder.Of<int>().ThenWhere("Where", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return isFiltered ? x != 1 : x == 1 ? throw new IOException("lost") : true;
        }, workers: 2, s =>
        {
            s.SerialBy = _ => 1;
            s.Retry = RetryPolicy.None;
        }).WithTimeProvider(time).Build().Start();
        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].AwaitingKey == 1);
        List<long> waiting = [];
        // The time is read for the result, before it is there.
        time.OnAskedForResult = () => waiting.Add(run.GetSnapshot().Stages[0].AwaitingKey);
        gate.Open(1);
        await gate.WhenArrivedAsync(2).InTime();
        time.OnAskedForResult = null;

        waiting.ShouldBe([1]);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();
    }

    /// <summary>The time of the system, which notes when it is read for the result of an item that ends in a stage.</summary>
    private sealed class AskedTime : TimeProvider
    {
        public Action? OnAskedForResult { get; set; }

        public override long GetTimestamp()
        {
            if (OnAskedForResult is { } asked && Environment.StackTrace.Contains("ResultSink`1.Conclude", StringComparison.Ordinal))
            {
                OnAskedForResult = null;
                asked();
            }

            return base.GetTimestamp();
        }
    }
}
