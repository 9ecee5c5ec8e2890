namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Our own, fed with plain values in each way that there is: default options, one priority.</summary>
public static class PlainValues
{
    public static Task StreamAsync(Pipeline<long, long> pipeline, Workload work, IEnumerable<long> values) => ReadAsync(pipeline.StreamAsync(values), work);

    public static Task StreamAsync(Pipeline<long, long> pipeline, Workload work, IAsyncEnumerable<long> values) => ReadAsync(pipeline.StreamAsync(values), work);

    /// <summary>Fed one by one; the results are in the report.</summary>
    public static async Task FeedOneByOneAsync(Pipeline<long, long> pipeline, Workload work)
    {
        await using PipelineRun<long, long> run = pipeline.Start();
        foreach (long value in work.Values)
            await run.FeedOneAsync(value);
        run.Complete();
        Check(await run.Completion, work);
    }

    /// <summary>Fed with a list as a whole; the results are in the report.</summary>
    public static async Task RunAsync(Pipeline<long, long> pipeline, Workload work) => Check(await pipeline.RunAsync(work.List), work);

    /// <summary>The same with a tracker that keeps the history of every item.</summary>
    public static async Task RunTrackedAsync(Pipeline<long, long> pipeline, Workload work)
    {
        var tracker = new StatusTracker();
        Check(await pipeline.RunAsync(work.List, new RunOptions { Tracker = tracker }), work);
        long completed = tracker.GetCounts().Completed;
        if (completed != work.Count)
            throw new InvalidOperationException($"The tracker knows {completed} completed items; it must be {work.Count}.");
    }

    private static async Task ReadAsync(IAsyncEnumerable<PipelineResult<long>> results, Workload work)
    {
        long sum = 0;
        await foreach (PipelineResult<long> result in results)
            sum += result.Value;
        work.Check(sum, Workload.Stages);
    }

    private static void Check(PipelineReport<long> report, Workload work)
    {
        long sum = 0;
        foreach (PipelineResult<long> result in report.Results)
            sum += result.Value;
        work.Check(sum, Workload.Stages);
    }
}
