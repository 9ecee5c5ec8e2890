using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Our own: the public API with default options, items in three priorities, results read as they come.</summary>
public static class OurPipeline
{
    private static readonly DataflowLinkOptions _link = new() { PropagateCompletion = true };

    public static Pipeline<long, long> Build(Body body, int stages = Workload.Stages)
    {
        PipelineBuilder<long, long> builder = body == Body.Sync
            ? PipelineBuilder.Stage<long, long>("1", Bodies.Add, Workload.Workers)
            : PipelineBuilder.Stage<long, long>("1", Bodies.Of(body), Workload.Workers);
        for (int stage = 2; stage <= stages; stage++)
        {
            builder = body == Body.Sync
                ? builder.Then<long>($"{stage}", Bodies.Add, Workload.Workers)
                : builder.Then<long>($"{stage}", Bodies.Of(body), Workload.Workers);
        }

        return builder.Build();
    }

    public static async Task RunAsync(Pipeline<long, long> pipeline, Workload work)
    {
        long sum = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(work.Items))
            sum += result.Value;
        work.Check(sum, pipeline.Stages.Count);
    }

    /// <summary>With a tracker that keeps the history of every item; it is asked for one afterwards.</summary>
    public static async Task RunTrackedAsync(Pipeline<long, long> pipeline, Workload work)
    {
        var tracker = new StatusTracker();
        long sum = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(work.Items, new RunOptions { Tracker = tracker }))
            sum += result.Value;
        work.Check(sum, pipeline.Stages.Count);
        long completed = tracker.GetCounts().Completed;
        if (completed != work.Count)
            throw new InvalidOperationException($"The tracker knows {completed} completed items; it must be {work.Count}.");
    }

    /// <summary>As a block between two others.</summary>
    public static async Task LinkAsync(Pipeline<long, long> pipeline, Workload work)
    {
        long sum = 0;
        var source = new BufferBlock<long>();
        PipelineBlock<long, long> block = pipeline.AsBlock();
        var sink = new ActionBlock<PipelineResult<long>>(result => sum += result.Value);
        source.LinkTo(block, _link);
        block.LinkTo(sink, _link);
        foreach (long value in work.Values)
            source.Post(value);
        source.Complete();
        await sink.Completion;
        work.Check(sum, Workload.Stages);
    }
}
