using System.Globalization;
using AntFlow.Dataflow;

namespace BatchApi;

/// <summary>One run: feeds the batches, tells how far it is, and obeys Ctrl-C.</summary>
internal sealed class BatchRun(BatchPipeline pipeline, string? runId, StopSignals signals, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _progressInterval = TimeSpan.FromSeconds(1);

    public async Task<PipelineReport<SavedBatch>> RunAsync(IReadOnlyList<RequestBatch> batches)
    {
        await using PipelineRun<RequestBatch, SavedBatch> run = pipeline.Build().Start(new RunOptions { RunId = runId });
        using var ended = new CancellationTokenSource();
        Task telling = TellProgressAsync(run, batches.Count, ended.Token);
        Task obeying = ObeyAsync(run, ended.Token);
        try
        {
            await FeedAsync(run, batches);
            return await run.Completion;
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(telling, obeying);
        }
    }

    private static async Task FeedAsync(PipelineRun<RequestBatch, SavedBatch> run, IReadOnlyList<RequestBatch> batches)
    {
        try
        {
            await run.FeedAsync(batches);
            run.Complete();
        }
        catch (PipelineClosedException)
        {
            // Stopped while it was fed. The report says how many were taken.
        }
    }

    private async Task ObeyAsync(PipelineRun<RequestBatch, SavedBatch> run, CancellationToken ended)
    {
        try
        {
            await Task.WhenAny(signals.Stop, pipeline.KeyRefused).WaitAsync(ended);
            pipeline.IsStopping = true;
            if (pipeline.KeyRefused.IsCompleted)
                output.WriteLine("The API refuses the key.");
            output.WriteLine("Stopping: batches that were begun go on to their end, for at most 30 seconds; nothing new starts. Ctrl-C again cancels.");
            _ = run.StopAsync(_grace, StopMode.AfterItem, CancellationToken.None);
            await signals.Cancel.WaitAsync(ended);
            output.WriteLine("Canceling.");
            await run.DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // The run has ended by itself.
        }
    }

    private async Task TellProgressAsync(PipelineRun<RequestBatch, SavedBatch> run, int total, CancellationToken ended)
    {
        output.WriteLine("Every second: items in progress in each stage, +n that wait for a worker, ~n that wait to try again.");
        long begin = time.GetTimestamp();
        using var timer = new PeriodicTimer(_progressInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
                output.WriteLine(Line(run.GetSnapshot(), total, time.GetElapsedTime(begin)));
        }
        catch (OperationCanceledException)
        {
            output.WriteLine(Line(run.GetSnapshot(), total, time.GetElapsedTime(begin)));
        }
    }

    internal static string Line(PipelineSnapshot now, int total, TimeSpan elapsed)
    {
        IEnumerable<string> stages = now.Stages.Select(stage =>
            $"{stage.Name} {stage.InProgress}{Some("+", stage.Queued)}{Some("~", stage.Retrying)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,6:0.0} s | {string.Join(" | ", stages)} | "
            + $"{now.Succeeded} succeeded, {now.Failed} failed, {now.Canceled} canceled of {total}");

        static string Some(string sign, long count) => count == 0 ? "" : $" {sign}{count}";
    }
}
