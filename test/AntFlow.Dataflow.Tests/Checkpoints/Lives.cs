namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Starts of the run "nightly".</summary>
internal static class Lives
{
    public static RunOptions Nightly => new() { RunId = "nightly" };

    /// <summary>A start that runs to its end.</summary>
    public static Task<PipelineReport<TOut>> LiveAsync<TIn, TOut>(this Pipeline<TIn, TOut> pipeline, params TIn[] items) =>
        pipeline.RunAsync(items, Nightly).InTime();

    /// <summary>What a run has come to, also one that could not go on.</summary>
    public static async Task<PipelineReport<T>> ReportAsync<T>(this Task<PipelineReport<T>> running)
    {
        try
        {
            return await running.InTime();
        }
        catch (PipelineFaultException fault)
        {
            return (PipelineReport<T>)fault.Report;
        }
    }

    /// <summary>A start that crashes when something has happened.</summary>
    public static async Task DieAsync<TIn, TOut>(this Pipeline<TIn, TOut> pipeline, FragileStore store, Task when, params TIn[] items)
    {
        PipelineRun<TIn, TOut> run = pipeline.Start(Nightly);
        Task feeding = run.FeedAsync(items);
        await when.InTime();
        store.Kill();
        await run.DisposeAsync().AsTask().InTime();
        await feeding.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>A start that is canceled when something has happened.</summary>
    public static async Task<PipelineReport<TOut>> CancelAsync<TIn, TOut>(this Pipeline<TIn, TOut> pipeline, Task when, params TIn[] items)
    {
        PipelineRun<TIn, TOut> run = pipeline.Start(Nightly);
        await run.FeedAsync(items).InTime();
        await when.InTime();
        await run.DisposeAsync().AsTask().InTime();
        return await run.Completion;
    }
}
